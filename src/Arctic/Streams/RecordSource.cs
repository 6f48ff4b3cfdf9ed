using System.Buffers.Binary;
using Arctic.Columnar;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Connectors;

namespace Arctic.Streams;

/// <summary>Rows of the program that runs the job. One split, read by one reader; a position is the number of rows read.</summary>
/// <param name="read">Starts a read from the first row.</param>
/// <param name="isBounded">Whether it ends.</param>
/// <param name="replay">Whether every read gives the same rows.</param>
internal sealed class RecordSource<T>(Func<CancellationToken, IAsyncEnumerable<T>> read, bool isBounded, RecordReplay replay) : ISource
{
    private const byte StateVersion = 1;
    private const string SplitId = "0";
    private const int BatchRowsMax = 1024;

    /// <inheritdoc/>
    public RowSchema Schema { get; } = RowMapping<T>.NaturalSchema;

    /// <inheritdoc/>
    public bool IsBounded => isBounded;

    /// <inheritdoc/>
    public bool IsReplayable => replay == RecordReplay.SameRows;

    /// <inheritdoc/>
    public ChangelogMode ChangelogMode => ChangelogMode.Insert;

    /// <inheritdoc/>
    public ISplitEnumerator CreateEnumerator(SourceContext context, ReadOnlyMemory<byte> state) => new Enumerator(state);

    /// <inheritdoc/>
    public ISourceReader CreateReader(SourceContext context) =>
        new Reader(read, IsReplayable, Schema, RowMapping<T>.Of(Schema, Iceberg.Mapping.MappingUse.Write, $"source '{context.Name}'"));

    private static byte[] Position(long rows)
    {
        var state = new byte[1 + sizeof(long)];
        state[0] = StateVersion;
        BinaryPrimitives.WriteInt64LittleEndian(state.AsSpan(1), rows);
        return state;
    }

    /// <summary>Hands the split out once; its state is a version and whether it has done so.</summary>
    private sealed class Enumerator(ReadOnlyMemory<byte> state) : ISplitEnumerator
    {
        private readonly Lock _lock = new();
        private bool _isAssigned = state.Length > 1 && state.Span[1] != 0;

        public ValueTask<bool> DiscoverAsync(CancellationToken cancellationToken) => ValueTask.FromResult(false);

        public SourceSplit? TryAssign(int subtask)
        {
            lock (_lock)
            {
                if (_isAssigned)
                {
                    return null;
                }

                _isAssigned = true;
                return new SourceSplit(SplitId, Position(0));
            }
        }

        public ReadOnlyMemory<byte> SnapshotState()
        {
            lock (_lock)
            {
                return new[] { StateVersion, _isAssigned ? (byte)1 : (byte)0 };
            }
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class Reader(Func<CancellationToken, IAsyncEnumerable<T>> read, bool isReplayable, RowSchema schema, RowMapping<T> mapping) : ISourceReader
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly T[] _batch = new T[BatchRowsMax];
        private IAsyncEnumerator<T>? _rows;
        private ValueTask<bool>? _next;
        private long _position;
        private long _skip;
        private bool _isEnded;

        public void AddSplit(SourceSplit split)
        {
            _position = BinaryPrimitives.ReadInt64LittleEndian(split.State.Span[1..]);
            _skip = isReplayable ? _position : 0;
            _rows = read(_stop.Token).GetAsyncEnumerator(_stop.Token);
        }

        // Waits for one row, then takes those that are there without waiting.
        public async ValueTask<SourceRead> ReadAsync(CancellationToken cancellationToken)
        {
            var rows = _rows ?? throw new InvalidOperationException("A reader is asked only while it has a split.");
            var registration = cancellationToken.UnsafeRegister(static s => ((CancellationTokenSource)s!).Cancel(), _stop);
            await using (registration.ConfigureAwait(false))
            {
                var count = 0;
                while (!_isEnded && count < BatchRowsMax)
                {
                    var next = _next ?? rows.MoveNextAsync();
                    if (count > 0 && !next.IsCompleted)
                    {
                        _next = next;
                        break;
                    }

                    _next = null;
                    if (!await next.ConfigureAwait(false))
                    {
                        _isEnded = true;
                    }
                    else if (_skip > 0)
                    {
                        _skip--;
                    }
                    else
                    {
                        _batch[count++] = rows.Current;
                    }
                }

                return count == 0 ? new SourceRead(SplitId, null, Position(_position), true) : Take(count);
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync().ConfigureAwait(false);
            if (_rows is not null)
            {
                await EndPendingAsync().ConfigureAwait(false);
                await _rows.DisposeAsync().ConfigureAwait(false);
            }

            _stop.Dispose();
        }

        private SourceRead Take(int count)
        {
            var batch = new ChangeBatch(schema, mapping.Encode(_batch, count), count);
            Array.Clear(_batch, 0, count);
            _position += count;
            return new SourceRead(SplitId, batch, Position(_position), false);
        }

        // An enumerator must not be disposed while it moves on.
        private async ValueTask EndPendingAsync()
        {
            if (_next is not { } next)
            {
                return;
            }

            _next = null;
            try
            {
                await next.ConfigureAwait(false);
            }
            catch (Exception)
            {
                // The row is not wanted any more, nor is what keeps it from coming.
            }
        }
    }
}

/// <summary>Whether rows that a program gives can be had again.</summary>
public enum RecordReplay
{
    /// <summary>Every read gives the same rows in the same order: a restarted job goes on behind the last committed one, and each row counts once.</summary>
    SameRows,

    /// <summary>Another read gives other rows: what came between the last checkpoint and a crash is lost.</summary>
    None,
}
