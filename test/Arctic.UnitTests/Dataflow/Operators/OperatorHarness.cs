using Arctic.Columnar;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Connectors;
using Arctic.Dataflow.Operators;
using Arctic.Dataflow.State;
using Arctic.Dataflow.Time;
using Microsoft.Extensions.Logging.Abstractions;

namespace Arctic.UnitTests.Dataflow.Operators;

/// <summary>Runs an operator as so many subtasks, without a runtime, and takes its state from one parallelism to another.</summary>
internal sealed class OperatorHarness(Func<StreamOperator> create, IReadOnlyList<IRowPartitioner> partitioners, int maxParallelism = 16, TimeProvider? time = null) : IAsyncDisposable
{
    private readonly List<StreamOperator> _subtasks = [];
    private readonly ListOutput _output = new();

    /// <summary>All rows that came out, in order.</summary>
    public List<(RowKind Kind, object?[] Row)> Changes => _output.Changes;

    /// <summary>All watermarks that came out.</summary>
    public List<Watermark> Watermarks => _output.Watermarks;

    public async Task OpenAsync(int parallelism, MemoryState? restored = null)
    {
        for (var subtask = 0; subtask < parallelism; subtask++)
        {
            var step = create();
            var keyGroups = KeyGroupRange.Of(subtask, parallelism, maxParallelism);
            step.SetContext(new OperatorContext
            {
                Output = _output,
                Name = "tested",
                Parallelism = parallelism,
                Subtask = subtask,
                KeyGroups = keyGroups,
                Time = time ?? TimeProvider.System,
                Logger = NullLogger.Instance,
            });
            await step.OpenAsync(restored?.For(keyGroups), CancellationToken.None);
            _subtasks.Add(step);
        }
    }

    public async Task SendAsync(int input, ChangeBatch batch)
    {
        var targets = new int[batch.RowCount];
        if (_subtasks.Count > 1)
        {
            partitioners[input].Partition(batch, _subtasks.Count, targets);
        }

        for (var subtask = 0; subtask < _subtasks.Count; subtask++)
        {
            var rows = Enumerable.Range(0, batch.RowCount).Where(i => targets[i] == subtask).Select(i => batch.Selection is { } s ? s.Span[i] : i).ToArray();
            if (rows.Length > 0)
            {
                await _subtasks[subtask].ProcessBatchAsync(input, batch.WithSelection(rows), CancellationToken.None);
            }
        }

        batch.Dispose();
    }

    /// <summary>Raises the watermark of all subtasks.</summary>
    public async Task AdvanceAsync(long epochMillis)
    {
        foreach (var subtask in _subtasks)
        {
            await subtask.AdvanceWatermarkAsync(new Watermark(epochMillis), CancellationToken.None);
        }
    }

    /// <summary>Calls the subtasks whose time has come.</summary>
    public async Task OnTimeAsync(DateTimeOffset now)
    {
        foreach (var subtask in _subtasks.Where(s => s.NextTime <= now))
        {
            await subtask.OnTimeAsync(now, CancellationToken.None);
        }
    }

    /// <summary>The bytes of keyed state that a checkpoint would hold.</summary>
    public async Task<long> KeyedStateBytesAsync()
    {
        var state = new MemoryState();
        for (var subtask = 0; subtask < _subtasks.Count; subtask++)
        {
            await _subtasks[subtask].SnapshotStateAsync(state.Writer(subtask, KeyGroupRange.Of(subtask, _subtasks.Count, maxParallelism)), CancellationToken.None);
        }

        return state.KeyedBytes;
    }

    public async Task FinishAsync(params int[] inputs)
    {
        foreach (var input in inputs)
        {
            foreach (var subtask in _subtasks)
            {
                await subtask.FinishInputAsync(input, CancellationToken.None);
            }
        }
    }

    public async Task RestartAsync(int parallelism)
    {
        var state = new MemoryState();
        for (var subtask = 0; subtask < _subtasks.Count; subtask++)
        {
            await _subtasks[subtask].SnapshotStateAsync(state.Writer(subtask, KeyGroupRange.Of(subtask, _subtasks.Count, maxParallelism)), CancellationToken.None);
        }

        await DisposeAsync();
        await OpenAsync(parallelism, state);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var subtask in _subtasks)
        {
            await subtask.DisposeAsync();
        }

        _subtasks.Clear();
    }

    /// <summary>The rows that are there behind a changelog, as sorted texts; fails when a row is taken back that is not there.</summary>
    public static List<string> Materialize(IEnumerable<(RowKind Kind, object?[] Row)> changes, string because)
    {
        var counts = new Dictionary<string, int>();
        foreach (var (kind, row) in changes)
        {
            var text = TestRows.Text(row);
            counts[text] = counts.GetValueOrDefault(text) + (kind.IsAddition() ? 1 : -1);
            Assert.True(counts[text] >= 0, $"{because}: {kind.ToShortText()} {text} takes a row back that is not there.");
        }

        return counts.SelectMany(c => Enumerable.Repeat(c.Key, c.Value)).Order(StringComparer.Ordinal).ToList();
    }

    private sealed class ListOutput : IOperatorOutput
    {
        public List<(RowKind Kind, object?[] Row)> Changes { get; } = [];

        public List<Watermark> Watermarks { get; } = [];

        public ValueTask EmitAsync(ChangeBatch batch, CancellationToken cancellationToken)
        {
            Assert.True(batch.RowCount > 0);
            for (var i = 0; i < batch.Columns.Count; i++)
            {
                Assert.Equal(batch.Schema[i].Type, batch.Columns[i].Type);
            }

            Changes.AddRange(TestRows.Changes(batch));
            batch.Dispose();
            return ValueTask.CompletedTask;
        }

        public ValueTask EmitWatermarkAsync(Watermark watermark, CancellationToken cancellationToken)
        {
            Watermarks.Add(watermark);
            return ValueTask.CompletedTask;
        }
    }
}

/// <summary>State of a checkpoint in memory.</summary>
internal sealed class MemoryState
{
    private readonly List<(string Name, int KeyGroup, byte[] Content)> _keyed = [];
    private readonly List<(string Name, int Subtask, byte[] Content)> _plain = [];

    /// <summary>The bytes of all key groups.</summary>
    public long KeyedBytes => _keyed.Sum(k => (long)k.Content.Length);

    public IStateWriter Writer(int subtask, KeyGroupRange keyGroups) => new SubtaskWriter(this, subtask, keyGroups);

    public IStateReader For(KeyGroupRange keyGroups) => new Reader(this, keyGroups);

    private sealed class SubtaskWriter(MemoryState state, int subtask, KeyGroupRange keyGroups) : IStateWriter
    {
        public ValueTask WriteKeyGroupAsync(string name, int keyGroup, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
        {
            Assert.True(keyGroups.Contains(keyGroup), $"Subtask {subtask} wrote key group {keyGroup}, which is not its own.");
            state._keyed.Add((name, keyGroup, content.ToArray()));
            return ValueTask.CompletedTask;
        }

        public ValueTask WriteAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
        {
            state._plain.Add((name, subtask, content.ToArray()));
            return ValueTask.CompletedTask;
        }
    }

    private sealed class Reader(MemoryState state, KeyGroupRange keyGroups) : IStateReader
    {
        public async IAsyncEnumerable<(int KeyGroup, ReadOnlyMemory<byte> Content)> ReadKeyGroupsAsync(string name, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.Yield();
            foreach (var part in state._keyed.Where(p => p.Name == name && keyGroups.Contains(p.KeyGroup)))
            {
                yield return (part.KeyGroup, part.Content);
            }
        }

        public async IAsyncEnumerable<(int Subtask, ReadOnlyMemory<byte> Content)> ReadAsync(string name, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.Yield();
            foreach (var part in state._plain.Where(p => p.Name == name))
            {
                yield return (part.Subtask, part.Content);
            }
        }
    }
}

/// <summary>A changelog of a random table: inserts, updates as pairs and deletes of rows that are there.</summary>
internal sealed class RandomChangelog(Random random, Func<Random, object?[]> createRow)
{
    private readonly List<object?[]> _rows = [];

    /// <summary>The rows that are there.</summary>
    public IReadOnlyList<object?[]> Rows => _rows;

    public ChangeBatch Next(RowSchema schema, int changes, bool isInsertOnly = false)
    {
        var rows = new List<object?[]>();
        var kinds = new List<RowKind>();
        while (rows.Count < changes)
        {
            var what = isInsertOnly || _rows.Count == 0 ? 0 : random.Next(10);
            if (what < 5)
            {
                _rows.Add(createRow(random));
                rows.Add(_rows[^1]);
                kinds.Add(RowKind.Insert);
                continue;
            }

            var at = random.Next(_rows.Count);
            rows.Add(_rows[at]);
            _rows.RemoveAt(at);
            kinds.Add(what < 7 ? RowKind.UpdateBefore : RowKind.Delete);
            if (what < 7)
            {
                _rows.Add(createRow(random));
                rows.Add(_rows[^1]);
                kinds.Add(RowKind.UpdateAfter);
            }
        }

        // Half of the batches have rows beside their selection.
        if (random.Next(2) == 0)
        {
            return TestRows.Batch(schema, rows, isInsertOnly ? null : kinds);
        }

        var padded = rows.SelectMany(r => new[] { createRow(random), r }).ToList();
        var paddedKinds = kinds.SelectMany(k => new[] { RowKind.Delete, k }).ToList();
        return TestRows.Batch(schema, padded, isInsertOnly ? null : paddedKinds).WithSelection(Enumerable.Range(0, rows.Count).Select(i => 2 * i + 1).ToArray());
    }
}
