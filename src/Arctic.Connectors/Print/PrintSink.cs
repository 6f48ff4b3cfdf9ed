using System.Text;
using Arctic.Columnar;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Connectors;
using Arctic.Storage.Formats;

namespace Arctic.Connectors.Print;

/// <summary>Lines of <c>+I[1, eric, null]</c>. Rows are printed as they come: those of a checkpoint that fails are printed again.</summary>
internal sealed class PrintSink(RowSchema schema, PrintOptions options, TextWriter output) : ISink
{
    private readonly Lock _lock = new();

    public RowSchema Schema => schema;

    public IRowPartitioner? Partitioner => null;

    public int? Parallelism => options.Parallelism;

    public ISinkWriter CreateWriter(SinkContext context) => new Writer(this, PrefixOf(context));

    public ICommitter? CreateCommitter(SinkContext context) => null;

    private string PrefixOf(SinkContext context) => (options.Identifier, context.Parallelism) switch
    {
        ({ Length: > 0 } id, > 1) => $"{id}:{context.Subtask + 1}> ",
        ({ Length: > 0 } id, _) => $"{id}> ",
        (_, > 1) => $"{context.Subtask + 1}> ",
        _ => "",
    };

    // A batch is one piece of text, so that the lines of parallel writers do not mix.
    private void Write(string lines)
    {
        lock (_lock)
        {
            output.Write(lines);
            output.Flush();
        }
    }

    private sealed class Writer(PrintSink sink, string prefix) : ISinkWriter
    {
        private readonly FlinkCellRenderer _renderer = new();
        private readonly CellBuffer[] _columns = sink.Schema.Fields.Select(_ => new CellBuffer()).ToArray();

        public ValueTask WriteAsync(ChangeBatch batch, CancellationToken cancellationToken)
        {
            using (batch)
            {
                using var compact = batch.Compact();
                for (var i = 0; i < _columns.Length; i++)
                {
                    _columns[i].Clear();
                    _renderer.Render(compact.Columns[i], _columns[i]);
                }

                sink.Write(LinesOf(compact));
            }

            return ValueTask.CompletedTask;
        }

        public ValueTask<Committable?> PrepareCommitAsync(CheckpointId checkpoint, CancellationToken cancellationToken) => new((Committable?)null);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private string LinesOf(ChangeBatch batch)
        {
            var text = new StringBuilder();
            for (var row = 0; row < batch.RowCount; row++)
            {
                text.Append(prefix).Append(batch.KindAt(row).ToShortText()).Append('[');
                for (var i = 0; i < _columns.Length; i++)
                {
                    text.Append(i > 0 ? ", " : "").Append(Encoding.UTF8.GetString(_columns[i][row]));
                }

                text.Append("]\n");
            }

            return text.ToString();
        }
    }
}
