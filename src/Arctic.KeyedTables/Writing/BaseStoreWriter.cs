using Arctic.Columnar;
using Arctic.Columnar.Memory;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Writing;
using Arctic.KeyedTables.Reading;
using Arctic.KeyedTables.Stores;

namespace Arctic.KeyedTables.Writing;

/// <summary>
/// Writes rows of one subtask as base files, for an overwrite: a file a partition and bucket. Their names say transaction 0: every change that the overwrite leaves unmerged is newer
/// (spec/arctic.md, A.8.2). Of an upserting table the last row of a key stays. Not thread-safe.
/// </summary>
internal sealed class BaseStoreWriter : IAsyncDisposable
{
    private readonly MixedTable _table;
    private readonly PrimaryKey _key;
    private readonly StoreFileNamer _namer;
    private readonly DataWriteOptions _options;
    private readonly SupersededRows? _superseded;
    private readonly int _mask;
    private readonly PartitionAssigner _partitions;
    private readonly SlotGroups _groups = new();
    private readonly SlotFileWriter _files;

    /// <summary>Makes a writer; no file is created before the first row.</summary>
    /// <param name="options">The table's with the statement's over them.</param>
    /// <param name="namer">Names the files.</param>
    /// <param name="rowBudget">Bounds the rows that wait for being written.</param>
    /// <param name="keyBudget">Bounds the keys of a partition and bucket, where of an upserting table the last row of each is looked for.</param>
    public BaseStoreWriter(MixedTable table, KeyedTableOptions options, StoreFileNamer namer, MemoryBudget rowBudget, MemoryBudget keyBudget)
    {
        (_table, _namer, _options) = (table, namer, WriteSettings.Of(table.Properties, options));
        _superseded = options.IsUpsert ? new SupersededRows(table, keyBudget) : null;
        _key = table.Key ?? throw new ArgumentException("The table has no key.", nameof(table));
        _mask = KeyBucket.MaskFor(options.BaseBucketCount);
        _partitions = new PartitionAssigner(table.Schema, table.PartitionSpec);
        var request = new DataFileRequest
        {
            Schema = table.Schema,
            Spec = table.PartitionSpec,
            NextLocation = static () => throw new System.Diagnostics.UnreachableException("Each slot has its own locations."),
            Options = _options,
            Metrics = MetricsConfig.Of(table.BaseStore.Metadata),
        };
        var location = table.BaseStore.Metadata.Location;
        _files = new SlotFileWriter(
            table.BaseStore.Store,
            request,
            table.RowSchema,
            Describe,
            target => StoreLayout.DataFile(location, target.PartitionPath, namer.Next(target.Bucket, target.Type, 0, "parquet")),
            rowBudget);
    }

    /// <summary>Writes the rows of a batch, which are inserts; the caller still disposes it.</summary>
    public async ValueTask WriteAsync(ChangeBatch batch, CancellationToken cancellationToken)
    {
        if (batch.RowCount == 0)
        {
            return;
        }

        Group(batch);
        for (var i = 0; i < _groups.Slots.Count; i++)
        {
            await _files.AppendAsync(_groups.Slots[i], batch.Gather(_groups.RowsOf(i)), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Closes all files.</summary>
    /// <returns>The base files, and position deletes of rows whose key came again; durable and not visible.</returns>
    public async ValueTask<IReadOnlyList<DataFile>> FinishAsync(CancellationToken cancellationToken)
    {
        var files = await _files.FinishAsync(cancellationToken).ConfigureAwait(false);
        _partitions.Reset();
        if (_superseded is null)
        {
            return files;
        }

        var all = files.ToList();
        await foreach (var (file, positions) in _superseded.FindAsync(files, cancellationToken).ConfigureAwait(false))
        {
            var name = _namer.Next(StoreFileName.Parse(file.FilePath, StoreKind.Base).Bucket, StoreFileType.PositionDelete, 0, "parquet");
            var location = file.FilePath[..(file.FilePath.LastIndexOf('/') + 1)] + name;
            all.Add(await PositionDeleteWriter.WriteAsync(_table.BaseStore.Store, location, _table.PartitionSpec, file, positions, _options, cancellationToken).ConfigureAwait(false));
        }

        return all;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _files.DisposeAsync();

    private void Group(ChangeBatch batch)
    {
        var rows = RowNumbers.Of(batch);
        var hashes = new int[batch.ColumnLength];
        _key.Hash(batch.Columns, hashes);
        var partitions = _partitions.Assign(batch.Columns, batch.ColumnLength, rows);
        var slots = new int[rows.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            slots[i] = checked((partitions.IsEmpty ? 0 : partitions[rows[i]]) * (_mask + 1) + (hashes[rows[i]] & _mask));
        }

        _groups.Group(rows, slots, []);
    }

    private SlotTarget Describe(int slot)
    {
        var partition = slot / (_mask + 1);
        return new SlotTarget(_partitions.TupleOf(partition), _partitions.PathOf(partition), new KeyBucket(_mask, slot % (_mask + 1)), StoreFileType.Base);
    }
}
