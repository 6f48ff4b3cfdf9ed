using System.Buffers.Binary;
using Arctic.Columnar;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Connectors;

namespace Arctic.Sql.Physical;

/// <summary>A bounded source of one split, read by one reader: VALUES, or the result of a batch query. A position is the number of batches read.</summary>
/// <param name="schema">What the batches hold.</param>
/// <param name="replay">Whether every read gives the same batches.</param>
/// <param name="mode">The kinds of the rows.</param>
/// <param name="read">Starts a read.</param>
internal sealed class EnumerableSource(RowSchema schema, SourceReplay replay, ChangelogMode mode, Func<CancellationToken, IAsyncEnumerable<ChangeBatch>> read) : ISource
{
    private const byte StateVersion = 1;
    private const string SplitId = "0";

    /// <inheritdoc/>
    public RowSchema Schema { get; } = schema;

    /// <inheritdoc/>
    public bool IsBounded => true;

    /// <inheritdoc/>
    public bool IsReplayable => replay == SourceReplay.SameBatches;

    /// <inheritdoc/>
    public ChangelogMode ChangelogMode => mode;

    /// <inheritdoc/>
    public ISplitEnumerator CreateEnumerator(SourceContext context, ReadOnlyMemory<byte> state) => new Enumerator(state);

    /// <inheritdoc/>
    public ISourceReader CreateReader(SourceContext context) => new Reader(read);

    private static byte[] Position(long batches)
    {
        var state = new byte[1 + sizeof(long)];
        state[0] = StateVersion;
        BinaryPrimitives.WriteInt64LittleEndian(state.AsSpan(1), batches);
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

    private sealed class Reader(Func<CancellationToken, IAsyncEnumerable<ChangeBatch>> read) : ISourceReader
    {
        private readonly CancellationTokenSource _stop = new();
        private IAsyncEnumerator<ChangeBatch>? _batches;
        private long _position;
        private long _skip;

        public void AddSplit(SourceSplit split)
        {
            _skip = BinaryPrimitives.ReadInt64LittleEndian(split.State.Span[1..]);
            _position = _skip;
            _batches = read(_stop.Token).GetAsyncEnumerator(_stop.Token);
        }

        public async ValueTask<SourceRead> ReadAsync(CancellationToken cancellationToken)
        {
            var batches = _batches ?? throw new InvalidOperationException("A reader is asked only while it has a split.");
            var registration = cancellationToken.UnsafeRegister(static s => ((CancellationTokenSource)s!).Cancel(), _stop);
            await using (registration.ConfigureAwait(false))
            {
                while (await batches.MoveNextAsync().ConfigureAwait(false))
                {
                    if (_skip == 0)
                    {
                        return new SourceRead(SplitId, batches.Current, Position(++_position), false);
                    }

                    _skip--;
                    batches.Current.Dispose();
                }
            }

            return new SourceRead(SplitId, null, Position(_position), true);
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync().ConfigureAwait(false);
            if (_batches is not null)
            {
                await _batches.DisposeAsync().ConfigureAwait(false);
            }

            _stop.Dispose();
        }
    }
}

/// <summary>Whether a source can be read again.</summary>
internal enum SourceReplay
{
    /// <summary>Every read gives the same batches.</summary>
    SameBatches,

    /// <summary>Another read may give other batches, or the same rows in another order.</summary>
    None,
}
