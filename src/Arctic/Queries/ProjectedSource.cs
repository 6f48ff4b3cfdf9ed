using Arctic.Columnar.Types;
using Arctic.Dataflow.Connectors;

namespace Arctic.Queries;

/// <summary>Some columns of a source that always gives all of them.</summary>
internal sealed class ProjectedSource(ISource source, int[] columns) : ISource
{
    public RowSchema Schema { get; } = source.Schema.Project(columns);

    public bool IsBounded => source.IsBounded;

    public bool IsReplayable => source.IsReplayable;

    public ChangelogMode ChangelogMode => source.ChangelogMode;

    public SplitAssignment Assignment => source.Assignment;

    public ISplitEnumerator CreateEnumerator(SourceContext context, ReadOnlyMemory<byte> state) => source.CreateEnumerator(context, state);

    public ISourceReader CreateReader(SourceContext context) => new Reader(source.CreateReader(context), columns);

    private sealed class Reader(ISourceReader reader, int[] columns) : ISourceReader
    {
        public void AddSplit(SourceSplit split) => reader.AddSplit(split);

        public async ValueTask<SourceRead> ReadAsync(CancellationToken cancellationToken)
        {
            var read = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            if (read.Batch is not { } batch)
            {
                return read;
            }

            using (batch)
            {
                return read with { Batch = batch.Project(columns) };
            }
        }

        public ValueTask DisposeAsync() => reader.DisposeAsync();
    }
}
