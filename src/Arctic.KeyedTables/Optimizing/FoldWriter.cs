using Arctic.Columnar;
using Arctic.Columnar.Memory;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Writing;
using Arctic.KeyedTables.Reading;
using Arctic.KeyedTables.Stores;
using Arctic.KeyedTables.Writing;
using Arctic.Storage.ObjectStores;

namespace Arctic.KeyedTables.Optimizing;

/// <summary>
/// Writes what one optimizing run adds to the base store: base files of the changes' surviving rows, and position deletes of the base rows that they end
/// (spec/arctic.md, A.6.3 and A.11). Nothing is visible before the commit. Not thread-safe.
/// </summary>
internal sealed class FoldWriter : IAsyncDisposable
{
    private readonly MixedTable _table;
    private readonly IStoreFileReader _reader;
    private readonly MemoryBudget _budget;
    private readonly Random _random;
    private readonly DataWriteOptions _options;
    private readonly int _mask;
    private readonly List<DataFile> _dataFiles = [];
    private readonly List<DataFile> _deleteFiles = [];
    private readonly List<string> _deleteTargets = [];
    private readonly SlotGroups _groups = new();
    private SlotFileWriter? _open;

    /// <summary>Makes a writer for a table as pinned.</summary>
    public FoldWriter(MixedTable table, IStoreFileReader reader, MemoryBudget budget, Random random)
    {
        (_table, _reader, _budget, _random) = (table, reader, budget, random);
        _options = WriteSettings.Of(table.Properties, table.Options);
        _mask = KeyBucket.MaskFor(table.Options.BaseBucketCount);
    }

    /// <summary>The base files written.</summary>
    public IReadOnlyList<DataFile> DataFiles => _dataFiles;

    /// <summary>The position-delete files written.</summary>
    public IReadOnlyList<DataFile> DeleteFiles => _deleteFiles;

    /// <summary>The data file that each of <see cref="DeleteFiles"/> is for.</summary>
    public IReadOnlyList<string> DeleteTargets => _deleteTargets;

    /// <summary>Writes the rows of unmerged insert files that no later delete ends.</summary>
    /// <param name="merged">The sequence that each partition will be merged up to: the transaction of its new base files, so that every delete that is left is behind them.</param>
    public async ValueTask WriteRowsAsync(PinnedFiles files, IReadOnlyDictionary<string, long> merged, CancellationToken cancellationToken)
    {
        var columns = new ReadColumns(_table.Schema, _table.Key, Enumerable.Range(0, _table.Schema.Fields.Count).ToArray());
        var reader = new MergeSplitReader(_reader, columns, _budget);
        var namer = new StoreFileNamer(0, _random);
        var partitions = files.Unmerged.GroupBy(f => f.Partition).ToDictionary(g => g.Key, g => g.First().File);

        // A partition at a time, so that its files are closed before the next one's are opened.
        foreach (var splits in MergePlanner.Plan([], files.Unmerged, long.MaxValue, 1).GroupBy(s => s.Partition))
        {
            var partition = partitions[splits.Key];
            RequireCurrentSpec(partition);
            var writer = new SlotFileWriter(
                _table.BaseStore.Store,
                new DataFileRequest
                {
                    Schema = _table.Schema,
                    Spec = _table.PartitionSpec,
                    NextLocation = NoLocation,
                    Options = _options,
                    Metrics = MetricsConfig.Of(_table.BaseStore.Metadata),
                },
                _table.RowSchema,
                slot => new SlotTarget(partition.Partition, splits.Key, new KeyBucket(_mask, slot), StoreFileType.Base),
                target => StoreLayout.DataFile(_table.BaseStore.Metadata.Location, target.PartitionPath, namer.Next(target.Bucket, target.Type, merged[splits.Key], "parquet")),
                _budget);
            _open = writer;
            foreach (var split in splits)
            {
                await foreach (var (batch, _) in reader.ReadAsync(split, SplitPosition.Start, cancellationToken).ConfigureAwait(false))
                {
                    using (batch)
                    {
                        await WriteRowsAsync(writer, batch, cancellationToken).ConfigureAwait(false);
                    }
                }
            }

            _dataFiles.AddRange(await writer.FinishAsync(cancellationToken).ConfigureAwait(false));
            _open = null;
        }
    }

    /// <summary>Writes position deletes for the rows of base files that unmerged deletes end.</summary>
    public async ValueTask WriteDeletesAsync(PinnedFiles files, CancellationToken cancellationToken)
    {
        var reader = new MergeSplitReader(_reader, new ReadColumns(_table.Schema, _table.Key, []), _budget);
        var deletes = files.Unmerged.Where(f => f.Type == StoreFileType.EqualityDelete).ToList();
        foreach (var split in MergePlanner.Plan(files.Base, deletes, long.MaxValue, 1).Where(s => s.Deletes.Count > 0))
        {
            await foreach (var (data, positions) in reader.FindDeadRowsAsync(split, cancellationToken).ConfigureAwait(false))
            {
                var path = data.File.FilePath;
                var name = new StoreFileNamer(0, _random).Next(split.Bucket, StoreFileType.PositionDelete, data.Transaction, "parquet");
                var location = path[..(path.LastIndexOf('/') + 1)] + name;
                var spec = _table.BaseStore.Metadata.FindSpec(data.File.SpecId)!;
                _deleteFiles.Add(await PositionDeleteWriter.WriteAsync(_table.BaseStore.Store, location, spec, data.File, positions, _options, cancellationToken).ConfigureAwait(false));
                _deleteTargets.Add(path);
            }
        }
    }

    /// <summary>Deletes what was written: nothing refers to it.</summary>
    public async ValueTask DeleteFilesAsync()
    {
        await _table.BaseStore.Store.DeleteLeftoversAsync(_dataFiles.Concat(_deleteFiles).Select(f => f.FilePath)).ConfigureAwait(false);
        _dataFiles.Clear();
        _deleteFiles.Clear();
        _deleteTargets.Clear();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _open?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async ValueTask WriteRowsAsync(SlotFileWriter writer, ChangeBatch? batch, CancellationToken cancellationToken)
    {
        if (batch is null)
        {
            return;
        }

        var rows = RowNumbers.Of(batch).ToArray();
        var hashes = new int[batch.ColumnLength];
        _table.Key!.Hash(batch.Columns, hashes);
        var slots = Array.ConvertAll(rows, r => hashes[r] & _mask);
        _groups.Group(rows, slots, []);
        for (var i = 0; i < _groups.Slots.Count; i++)
        {
            await writer.AppendAsync(_groups.Slots[i], batch.Gather(_groups.RowsOf(i)), cancellationToken).ConfigureAwait(false);
        }
    }

    private void RequireCurrentSpec(DataFile file)
    {
        if (file.SpecId != _table.PartitionSpec.SpecId)
        {
            throw new Arctic.Columnar.Errors.ArcticException(
                Arctic.Columnar.Errors.ErrorCodes.FormatUnsupported, $"Cannot optimize table '{_table.Name}': '{file.FilePath}' has the partition spec {file.SpecId}, and the table {_table.PartitionSpec.SpecId}.");
        }
    }

    private static string NoLocation() => throw new System.Diagnostics.UnreachableException("Each slot has its own locations.");
}
