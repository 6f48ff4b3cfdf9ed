using Arctic.Columnar;
using Arctic.Dataflow.Connectors;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Arctic.UnitTests.Conformance;

/// <summary>Runs a source as a job would, a step at a time, and can take its state between any two steps.</summary>
internal sealed class SourceDriver : IAsyncDisposable
{
    private readonly ISource _source;
    private readonly ISplitEnumerator _enumerator;
    private readonly ISourceReader[] _readers;
    private readonly Dictionary<string, SourceSplit>[] _open;
    private bool _isDiscovered;

    public SourceDriver(ISource source, int parallelism = 1, SourceState? state = null, TimeProvider? time = null, ILogger? logger = null)
    {
        _source = source;
        SourceContext Context(int subtask) => new()
        {
            Name = "source",
            Parallelism = parallelism,
            Subtask = subtask,
            Time = time ?? TimeProvider.System,
            Logger = logger ?? NullLogger.Instance,
        };
        _enumerator = source.CreateEnumerator(Context(-1), state?.Enumerator ?? default);
        _readers = Enumerable.Range(0, parallelism).Select(i => source.CreateReader(Context(i))).ToArray();
        _open = _readers.Select(_ => new Dictionary<string, SourceSplit>()).ToArray();
        foreach (var (index, split) in (state?.Splits ?? []).Index())
        {
            Add(index % parallelism, split);
        }
    }

    /// <summary>What a checkpoint would hold now.</summary>
    public SourceState State => new(_enumerator.SnapshotState(), _open.SelectMany(s => s.Values).ToList());

    /// <summary>The next batch of any reader, in turn; null when all splits have ended. The caller disposes it.</summary>
    public async ValueTask<ChangeBatch?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (!_isDiscovered)
            {
                _isDiscovered = !await _enumerator.DiscoverAsync(cancellationToken);
            }

            Assign();
            var subtask = Array.FindIndex(_open, s => s.Count > 0);
            if (subtask < 0)
            {
                return null;
            }

            var read = await _readers[subtask].ReadAsync(cancellationToken);
            Assert.True(_open[subtask].ContainsKey(read.SplitId), $"The reader answered for split '{read.SplitId}', which it does not have.");
            _open[subtask][read.SplitId] = new SourceSplit(read.SplitId, read.State);
            if (read.IsSplitFinished)
            {
                _open[subtask].Remove(read.SplitId);
            }

            if (read.Batch is { } batch)
            {
                Assert.Equal(_source.Schema, batch.Schema);
                Assert.True(batch.RowCount > 0, "A batch has rows.");
                return batch;
            }
        }
    }

    /// <summary>The rows of all batches to the end, as text.</summary>
    public async ValueTask<List<string>> ReadRowsAsync(CancellationToken cancellationToken)
    {
        var rows = new List<string>();
        while (await ReadAsync(cancellationToken) is { } batch)
        {
            rows.AddRange(Storage.Formats.FormatTesting.Rows(batch));
            batch.Dispose();
        }

        return rows;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var reader in _readers)
        {
            await reader.DisposeAsync();
        }

        await _enumerator.DisposeAsync();
    }

    private void Assign()
    {
        bool isAny;
        do
        {
            isAny = false;
            for (var subtask = 0; subtask < _readers.Length; subtask++)
            {
                if ((_open[subtask].Count == 0 || _source.Assignment == SplitAssignment.Eager) && _enumerator.TryAssign(subtask) is { } split)
                {
                    Add(subtask, split);
                    isAny = true;
                }
            }
        }
        while (isAny);
    }

    private void Add(int subtask, SourceSplit split)
    {
        Assert.True(_open.All(s => !s.ContainsKey(split.Id)), $"Split '{split.Id}' was handed out twice.");
        _open[subtask].Add(split.Id, split);
        _readers[subtask].AddSplit(split);
    }
}

/// <summary>What a checkpoint holds of a source.</summary>
internal sealed record SourceState(ReadOnlyMemory<byte> Enumerator, IReadOnlyList<SourceSplit> Splits);
