using Arctic.Columnar;
using Arctic.Columnar.Memory;
using Arctic.Dataflow.Connectors;
using Arctic.Dataflow.Operators.Keyed;
using Arctic.Dataflow.State;

namespace Arctic.Dataflow.Operators.Joins;

/// <summary>
/// Joins each row to the rows that a table has for its key at that moment; results are never revised. The table is read when the operator opens, and its changes are taken in between
/// batches as they are found. It is no state: a restarted job reads it anew.
/// </summary>
internal sealed class LookupJoinOperator : StreamOperator
{
    private readonly JoinSpec _spec;
    private readonly int[] _primaryKey;
    private readonly ISource _source;
    private readonly int[] _leftKeys;
    private readonly RowCodec _keyCodec;
    private readonly EncodedRows _encodedKeys = new();
    private readonly JoinMatches _matches;
    private readonly JoinOutput _output;
    private readonly StateBudget _budget;
    private readonly CancellationTokenSource _closing = new();
    private LookupTable? _table;
    private ISplitEnumerator? _enumerator;
    private ISourceReader? _reader;
    private Task<bool>? _discovery;

    /// <summary>Makes the operator.</summary>
    /// <param name="spec">What it joins, inner or left outer; the right side is the table.</param>
    /// <param name="primaryKey">The columns that tell the table's rows apart.</param>
    /// <param name="source">Gives the table's rows, then its changes.</param>
    /// <param name="budget">Bounds what is held of the table; null for no bound.</param>
    public LookupJoinOperator(JoinSpec spec, IEnumerable<int> primaryKey, ISource source, MemoryBudget? budget)
    {
        (_spec, _primaryKey, _source) = (spec, primaryKey.ToArray(), source);
        _leftKeys = [.. spec.LeftKeys];
        _keyCodec = new RowCodec(_leftKeys.Select(k => spec.Left[k].Type));
        (_matches, _output) = (new JoinMatches(spec), new JoinOutput(spec));
        _budget = new StateBudget(budget);
    }

    private LookupTable Table => _table ?? throw new InvalidOperationException("The operator has not been opened.");

    /// <inheritdoc/>
    public override async ValueTask OpenAsync(IStateReader? restored, CancellationToken cancellationToken)
    {
        var context = new SourceContext { Name = Context.Name, Parallelism = 1, Subtask = 0, Time = Context.Time, Logger = Context.Logger };
        _table = new LookupTable(_spec, _primaryKey, IsOwn);
        _enumerator = _source.CreateEnumerator(context with { Subtask = -1 }, default);
        _reader = _source.CreateReader(context);
        await LoadAsync(await _enumerator.DiscoverAsync(cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async ValueTask ProcessBatchAsync(int input, ChangeBatch batch, CancellationToken cancellationToken)
    {
        using (batch)
        {
            // Reading here, and not beside the rows, makes the changes of a commit come all at once and holds none of them twice.
            if (_discovery is { IsCompleted: true } found)
            {
                await LoadAsync(await found.ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
            }

            var rows = BatchRows.Of(batch);
            var keys = FindKeys(batch, rows);
            for (var first = 0; first < rows.Length; first = _matches.End)
            {
                _matches.Find(first, batch.Columns, isLeft: true, rows, keys, Table.Rows, Table.Codec);
                AddResults(batch, rows);
                if (_output.Count > 0)
                {
                    await Context.Output.EmitAsync(_output.Build(batch.Columns, isLeft: true, Table.Codec, Table.Rows.Table), cancellationToken).ConfigureAwait(false);
                }
            }
        }
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        if (_discovery is not null)
        {
            // A failure after the last row concerns nobody.
            await ((Task)_discovery).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (_reader is not null)
        {
            await _reader.DisposeAsync().ConfigureAwait(false);
        }

        if (_enumerator is not null)
        {
            await _enumerator.DisposeAsync().ConfigureAwait(false);
        }

        _closing.Dispose();
        _budget.Dispose();
    }

    private bool IsOwn(ulong hash) => KeyGroupRange.SubtaskOf(KeyGroups.Of(hash, _spec.MaxParallelism), Context.Parallelism, _spec.MaxParallelism) == Context.Subtask;

    // Reads the splits that have been found, and looks for more.
    private async ValueTask LoadAsync(bool mayComeMore, CancellationToken cancellationToken)
    {
        while (_enumerator!.TryAssign(0) is { } split) // opened
        {
            _reader!.AddSplit(split); // opened
            for (var isFinished = false; !isFinished;)
            {
                var read = await _reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                isFinished = read.IsSplitFinished;
                using var batch = read.Batch;
                if (batch is not null)
                {
                    Table.Apply(batch);
                    _budget.Update(Table.BytesUsed, Context.Name);
                }
            }
        }

        _discovery = mayComeMore ? Task.Run(() => _enumerator.DiscoverAsync(_closing.Token).AsTask(), CancellationToken.None) : null;
    }

    private int[] FindKeys(ChangeBatch batch, int[] rows)
    {
        _keyCodec.Encode(BatchRows.Pick(batch.Columns, _leftKeys), rows, _encodedKeys);
        _encodedKeys.ComputeHashes();
        var keys = new int[rows.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            keys[i] = HasNull(_encodedKeys[i]) ? -1 : Table.Find(_encodedKeys.Hashes[i], _encodedKeys[i]);
        }

        return keys;
    }

    private bool HasNull(ReadOnlySpan<byte> key)
    {
        for (var i = 0; i < _leftKeys.Length; i++)
        {
            if (RowCodec.IsNull(key, i))
            {
                return true;
            }
        }

        return false;
    }

    private void AddResults(ChangeBatch batch, int[] rows)
    {
        for (var i = _matches.First; i < _matches.End; i++)
        {
            var kind = batch.KindAt(rows[i]);
            var partners = _matches.Of(i);
            foreach (var id in partners)
            {
                _output.Add(kind, rows[i], id);
            }

            if (partners.IsEmpty && _spec.Type == JoinType.LeftOuter)
            {
                _output.Add(kind, rows[i], -1);
            }
        }
    }
}
