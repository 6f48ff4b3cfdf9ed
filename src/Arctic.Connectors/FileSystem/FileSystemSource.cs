using Arctic.Columnar.Types;
using Arctic.Dataflow.Connectors;
using Arctic.Storage.Formats;
using Arctic.Storage.ObjectStores;

namespace Arctic.Connectors.FileSystem;

/// <summary>The files below a path as they are when the job starts; one split a file, its position a byte offset and a line number.</summary>
internal sealed class FileSystemSource : ISource
{
    private readonly TableConnectorContext _table;
    private readonly FileSystemOptions _options;
    private readonly RecordFormat _format;
    private readonly Func<RecordDecoder> _makeDecoder;
    private readonly RowRateLimiter? _limiter;

    public FileSystemSource(TableConnectorContext table, FileSystemOptions options, RecordFormat format, Func<RecordDecoder> makeDecoder)
    {
        (_table, _options, _format, _makeDecoder) = (table, options, format, makeDecoder);
        _limiter = options.RowsPerSecond is { } rate ? new RowRateLimiter(rate, table.Time) : null;
    }

    public RowSchema Schema => _table.Schema;

    public bool IsBounded => true;

    public bool IsReplayable => true;

    public ChangelogMode ChangelogMode => _format.HasKinds ? ChangelogMode.All : ChangelogMode.Insert;

    public ISplitEnumerator CreateEnumerator(SourceContext context, ReadOnlyMemory<byte> state) =>
        new FileSplitEnumerator(_table.ObjectStore, ObjectLocation.Normalize(_options.Path), _table.Subject, state);

    public ISourceReader CreateReader(SourceContext context) => new FileSplitReader(_table.ObjectStore, context, _makeDecoder, _limiter);
}
