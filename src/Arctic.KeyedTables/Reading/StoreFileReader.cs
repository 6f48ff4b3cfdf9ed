using System.Runtime.CompilerServices;
using Arctic.Columnar.Columns;
using Arctic.Iceberg;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;
using Arctic.KeyedTables.Stores;

namespace Arctic.KeyedTables.Reading;

/// <summary>Reads files of both stores of a table with Iceberg's reader. Readers are kept for the next file that wants the same columns. Not thread-safe.</summary>
internal sealed class StoreFileReader(MixedTable table, int batchRowsMax) : IStoreFileReader, IAsyncDisposable
{
    private readonly Dictionary<(StoreKind Store, IReadOnlyList<NestedField> Columns), Stack<ScanReader>> _idle = [];
    private readonly List<ScanReader> _all = [];

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoreFileBatch> ReadAsync(
        StoreKind store,
        DataFile file,
        long dataSequence,
        IReadOnlyList<DataFile> positionDeletes,
        IReadOnlyList<NestedField> columns,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var iceberg = store == StoreKind.Base ? table.BaseStore : table.ChangeStore!;
        var spec = iceberg.Metadata.FindSpec(file.SpecId) ?? PartitionSpec.Unpartitioned;
        var task = new FileScanTask(file, dataSequence, spec, positionDeletes.Select(d => new DeleteFile(d, dataSequence)).ToArray());
        var idle = IdleOf(store, columns);
        var reader = idle.TryPop(out var kept) ? kept : Create(iceberg, columns);
        await foreach (var batch in reader.ReadAsync(task, cancellationToken).ConfigureAwait(false))
        {
            using (batch)
            {
                // The position was read last, behind the columns asked for.
                var firstRow = ((FixedColumn<long>)batch.Columns[^1].ToDense()).Values[0];
                yield return new StoreFileBatch(batch.Project(RowNumbers.UpTo(columns.Count)), firstRow);
            }
        }

        // Not reached when the read is given up: such a reader may be in the middle of a file, and is disposed with the others.
        idle.Push(reader);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var reader in _all)
        {
            await reader.DisposeAsync().ConfigureAwait(false);
        }

        _all.Clear();
        _idle.Clear();
    }

    private Stack<ScanReader> IdleOf(StoreKind store, IReadOnlyList<NestedField> columns)
    {
        if (!_idle.TryGetValue((store, columns), out var idle))
        {
            _idle.Add((store, columns), idle = new Stack<ScanReader>());
        }

        return idle;
    }

    private ScanReader Create(IcebergTable store, IReadOnlyList<NestedField> columns)
    {
        var request = new ScanReadRequest { Schema = store.Metadata.CurrentSchema, Columns = [.. columns, MetadataColumns.Position], BatchRowsMax = batchRowsMax };
        var reader = new ScanReader(store.Store, store.Metadata, request);
        _all.Add(reader);
        return reader;
    }
}
