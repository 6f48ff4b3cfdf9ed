using Arctic.Columnar.Types;
using Arctic.Dataflow.Connectors;

namespace Arctic.Connectors.DataGen;

/// <summary>Rows by number: row n is the same in every run, so a position is a number. The rows are dealt to a fixed number of splits in turn.</summary>
internal sealed class DataGenSource(TableConnectorContext table, DataGenOptions options, IReadOnlyList<FieldGenerator> generators, long? rowCount) : ISource
{
    private readonly RowRateLimiter _limiter = new(options.RowsPerSecond, table.Time);

    public RowSchema Schema => table.Schema;

    /// <summary>The rows of all splits; null when there is no end to them.</summary>
    public long? RowCount => rowCount;

    public bool IsBounded => rowCount is not null;

    public bool IsReplayable => true;

    public ChangelogMode ChangelogMode => ChangelogMode.Insert;

    // Splits without an end must all be under way, however few readers there are.
    public SplitAssignment Assignment => SplitAssignment.Eager;

    public ISplitEnumerator CreateEnumerator(SourceContext context, ReadOnlyMemory<byte> state) =>
        new OnceEnumerator(Enumerable.Range(0, options.Parallelism).Select(i => new DataGenSplit(i, options.Parallelism, 0).ToSplit()).ToList(), state);

    public ISourceReader CreateReader(SourceContext context) => new DataGenReader(Schema, generators, rowCount, _limiter);
}
