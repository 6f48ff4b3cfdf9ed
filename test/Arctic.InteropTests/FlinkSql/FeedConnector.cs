using System.Globalization;
using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Connectors;

namespace Arctic.InteropTests.FlinkSql;

/// <summary>The connector <c>feed</c>: gives the rows of recorded feeds one at a time, in arrival order, so that a watermark follows each as it did in the recording.</summary>
internal sealed class FeedConnector(IReadOnlyDictionary<string, RecordedFeed> feeds) : ISourceConnector
{
    private int _readerCount;

    public string Name => "feed";

    /// <summary>How many readers of feeds ran: with more than one, which of them comes first decides the order of changes.</summary>
    public int ReaderCount => _readerCount;

    public ISource CreateSource(TableConnectorContext context) => new Source(this, feeds[context.Options["feed"]], context.Schema);

    private sealed class Source(FeedConnector connector, RecordedFeed feed, RowSchema schema) : ISource
    {
        public RowSchema Schema => schema;

        public bool IsBounded => true;

        public bool IsReplayable => false;

        public ChangelogMode ChangelogMode => feed.Mode;

        public ISplitEnumerator CreateEnumerator(SourceContext context, ReadOnlyMemory<byte> state) => new Enumerator();

        public ISourceReader CreateReader(SourceContext context)
        {
            Interlocked.Increment(ref connector._readerCount);
            return new Reader(feed, schema);
        }
    }

    private sealed class Enumerator : ISplitEnumerator
    {
        private int _isAssigned;

        public ValueTask<bool> DiscoverAsync(CancellationToken cancellationToken) => ValueTask.FromResult(false);

        public SourceSplit? TryAssign(int subtask) => Interlocked.Exchange(ref _isAssigned, 1) == 0 ? new SourceSplit("0", new byte[] { 1 }) : null;

        public ReadOnlyMemory<byte> SnapshotState() => new byte[] { 1 };

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class Reader(RecordedFeed feed, RowSchema schema) : ISourceReader
    {
        private int _next;

        public void AddSplit(SourceSplit split)
        {
        }

        public ValueTask<SourceRead> ReadAsync(CancellationToken cancellationToken)
        {
            if (_next == feed.Rows.Count)
            {
                return ValueTask.FromResult(new SourceRead("0", null, new byte[] { 1 }, true));
            }

            var (kind, values) = feed.Rows[_next++];
            var columns = schema.Fields.Select((f, i) => Parse(f.Type, values[i])).ToArray();
            return ValueTask.FromResult(new SourceRead("0", new ChangeBatch(schema, columns, 1, new[] { kind }), new byte[] { 1 }, false));
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private static Column Parse(DataType type, string text)
        {
            var builder = ColumnBuilder.Create(type);
            if (text == "~")
            {
                builder.AppendNull();
                return builder.Build();
            }

            switch (builder)
            {
                case BytesColumnBuilder texts:
                    texts.Append(text);
                    break;
                case FixedColumnBuilder<int> integers:
                    integers.Append(int.Parse(text, CultureInfo.InvariantCulture));
                    break;
                case FixedColumnBuilder<double> doubles:
                    doubles.Append(double.Parse(text, CultureInfo.InvariantCulture));
                    break;
                case FixedColumnBuilder<Int128> decimals:
                    decimals.Append(Int128.Parse(text.Replace(".", "", StringComparison.Ordinal), CultureInfo.InvariantCulture));
                    break;
                case FixedColumnBuilder<long> longs when type is DataType.Timestamp:
                    var time = DateTime.Parse($"2024-01-01T00:{text}", CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind);
                    longs.Append((time - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);
                    break;
                case FixedColumnBuilder<long> longs:
                    longs.Append(long.Parse(text, CultureInfo.InvariantCulture));
                    break;
                default:
                    throw new NotSupportedException($"A feed of {type}.");
            }

            return builder.Build();
        }
    }
}
