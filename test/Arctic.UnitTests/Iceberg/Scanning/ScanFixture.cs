using Arctic.Columnar;
using Arctic.Columnar.Types;
using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;
using Arctic.Iceberg.Writing;
using Arctic.Storage.ObjectStores;
using Arctic.Storage.Parquet;
using Microsoft.Extensions.Time.Testing;

namespace Arctic.UnitTests.Iceberg.Scanning;

/// <summary>A table in memory that rows are written to, commit by commit.</summary>
internal sealed class ScanFixture
{
    private int _files;

    private ScanFixture(IObjectStore store, IcebergTable table) => (Store, Table) = (store, table);

    public IObjectStore Store { get; }

    /// <summary>How data files are laid out.</summary>
    public ParquetWriterOptions Parquet { get; set; } = ParquetWriterOptions.Default with { RowGroupRowsMax = 40 };

    public IcebergTable Table { get; private set; }

    public static async Task<ScanFixture> CreateAsync(Schema schema, PartitionSpec spec)
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(50));
        var store = new MemoryObjectStore(time);
        var catalog = new MemoryCatalog("test", "memory:///w", store, new CommitEnvironment(time, new Random(1)));
        await catalog.CreateNamespaceAsync(Namespace.Parse("db"), new Dictionary<string, string>(), default);
        var table = await catalog.CreateTableAsync(TableIdentifier.Parse("db.t"), new TableCreation { Schema = schema, PartitionSpec = spec }, default);
        return new ScanFixture(store, table);
    }

    /// <summary>Writes rows of the current schema and appends their files in one commit.</summary>
    public async Task<IReadOnlyList<DataFile>> AppendAsync(IReadOnlyList<object?[]> rows)
    {
        var files = await WriteAsync(rows);
        var transaction = Table.NewTransaction();
        transaction.Append().Add(files);
        Table = await transaction.CommitAsync(default);
        return files;
    }

    /// <summary>Writes rows without committing their files.</summary>
    public async Task<IReadOnlyList<DataFile>> WriteAsync(IReadOnlyList<object?[]> rows)
    {
        var metadata = Table.Metadata;
        var request = new DataFileRequest
        {
            Schema = metadata.CurrentSchema,
            Spec = metadata.DefaultSpec,
            NextLocation = () => throw new NotSupportedException(),
            Options = DataWriteOptions.Default with { Parquet = Parquet },
        };
        await using var writer = new PartitionedWriter(Store, request, _ => NextLocation());
        var schema = metadata.CurrentSchema.ToRowSchema();
        using var batch = TestRows.Batch(schema, rows);
        await writer.WriteAsync(batch, default);
        return await writer.CompleteAsync(default);
    }

    /// <summary>Writes an equality delete file of one partition.</summary>
    public async Task<DataFile> WriteEqualityDeletesAsync(PartitionSpec spec, PartitionTuple partition, string[] columns, IReadOnlyList<object?[]> keys)
    {
        var schema = Table.Metadata.CurrentSchema;
        var fields = columns.Select(c => schema.FindField(c)!).ToArray();
        var request = new DataFileRequest
        {
            Schema = new Schema(0, fields),
            Spec = spec,
            Partition = partition,
            NextLocation = NextLocation,
            Content = FileContent.EqualityDeletes,
            EqualityIds = fields.Select(f => f.Id).ToArray(),
        };
        await using var writer = new DataFileWriter(Store, request);
        using var batch = TestRows.Batch(request.Schema.ToRowSchema(), keys);
        await writer.WriteAsync(batch, default);
        return (await writer.CompleteAsync(default))[0];
    }

    /// <summary>Writes position deletes of one data file.</summary>
    public async Task<DataFile> WritePositionDeletesAsync(DataFile file, params long[] positions) => await PositionDeleteWriter.WriteAsync(
        Store, NextLocation(), Table.Metadata.FindSpec(file.SpecId)!, file, positions, DataWriteOptions.Default, default);

    /// <summary>Commits files that were written.</summary>
    public async Task CommitAsync(IEnumerable<DataFile> rows, params DataFile[] deletes)
    {
        var transaction = Table.NewTransaction();
        var delta = transaction.RowDelta();
        foreach (var file in rows)
        {
            delta.AddRows(file);
        }

        foreach (var file in deletes)
        {
            delta.AddDeletes(file);
        }

        Table = await transaction.CommitAsync(default);
    }

    /// <summary>Changes the table otherwise.</summary>
    public async Task EvolveAsync(Action<Transaction> change)
    {
        var transaction = Table.NewTransaction();
        change(transaction);
        Table = await transaction.CommitAsync(default);
    }

    private string NextLocation() => $"memory:///w/db/t/data/{++_files:00000}.parquet";
}
