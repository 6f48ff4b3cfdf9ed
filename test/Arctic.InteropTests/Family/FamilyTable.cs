using System.Globalization;
using Arctic.Columnar;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.RowLevel;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;
using Arctic.Iceberg.Writing;
using Arctic.Storage.Parquet;

namespace Arctic.InteropTests.Family;

/// <summary>One generated table, written with the library alone, and beside it the plainest model of its rows: a list.</summary>
internal sealed class FamilyTable
{
    private readonly FileSystemCatalog _catalog;
    private readonly Random _random;
    private long _ids;

    private FamilyTable(FamilyPlan plan, FileSystemCatalog catalog) => (Plan, _catalog, _random) = (plan, catalog, plan.NewRandom());

    public FamilyPlan Plan { get; }

    public IcebergTable Table { get; private set; } = null!;

    /// <summary>The codec of the first files.</summary>
    public string Codec { get; private set; } = "";

    /// <summary>What the table has.</summary>
    public List<FamilyRow> Rows { get; private set; } = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Schema Schema => Table.Metadata.CurrentSchema;

    /// <summary>Makes a table as planned.</summary>
    public static async Task<FamilyTable> CreateAsync(FamilyPlan plan, FileSystemCatalog catalog)
    {
        var table = new FamilyTable(plan, catalog);
        await table.CreateAsync();
        await table.AppendAsync();
        await table.AppendAsync();
        await table.DeleteAsync();
        await new FamilyEvolution(table.Table, plan, table._random).ApplyAsync(Token);
        await table.AppendAsync();
        await table.DeleteAsync();
        await table.MaintainAsync();
        await table.AppendAsync();
        return table;
    }

    private async Task CreateAsync()
    {
        var columns = FamilyColumns.Of(Plan, _random);
        Codec = new[] { "zstd", "snappy", "gzip", "uncompressed", "lz4" }[_random.Next(5)];
        var properties = new Dictionary<string, string>
        {
            [TableProperties.FormatVersion] = Plan.FormatVersion.ToString(CultureInfo.InvariantCulture),
            [TableProperties.ManifestMinMergeCount] = _random.Next(2) == 0 ? "2" : "100",
            [TableProperties.MetadataCompression] = _random.Next(4) == 0 ? "gzip" : "none",
            ["write.metadata.metrics.default"] = new[] { "truncate(16)", "full", "counts", "truncate(3)" }[_random.Next(4)],
            ["write.parquet.compression-codec"] = Codec,
        };
        var spec = Plan.Partitioning.Type is null
            ? PartitionSpec.Unpartitioned
            : new PartitionSpec(0, [new PartitionField(FamilyColumns.SourceId, 1000, "part", Plan.Partitioning.Transform!)]);
        var creation = new TableCreation { Schema = columns, PartitionSpec = spec, Properties = properties };
        Table = await _catalog.CreateTableAsync(new TableIdentifier(new Namespace("db"), Plan.Name), creation, Token);
    }

    private async Task AppendAsync()
    {
        var rows = NewRows();
        var transaction = Table.NewTransaction();
        (_random.Next(2) == 0 ? transaction.Append() : transaction.FastAppend()).Add(await WriteAsync(rows));
        Table = await transaction.CommitAsync(Token);
        Rows.AddRange(rows);
    }

    private List<FamilyRow> NewRows() => Enumerable.Range(0, _random.Next(3, 25)).Select(_ => NewRow(++_ids)).ToList();

    private FamilyRow NewRow(long id) => new(Schema.Fields.ToDictionary(f => f.Id, f => f.Id == FamilyColumns.RowId ? id : FamilyValues.NextOrNull(_random, f)));

    private async Task<IReadOnlyList<DataFile>> WriteAsync(List<FamilyRow> rows)
    {
        var metadata = Table.Metadata;
        var locations = new DataLocations(metadata, metadata.DefaultSpec, Guid.NewGuid());
        var options = DataWriteOptions.Of(metadata.Properties);
        var request = new DataFileRequest
        {
            Schema = Schema,
            Spec = metadata.DefaultSpec,
            NextLocation = () => throw new NotSupportedException(),
            Options = options with { Parquet = options.Parquet with { RowGroupRowsMax = 8 } },
            Metrics = MetricsConfig.Of(Schema, metadata.Properties),
        };
        await using var writer = new PartitionedWriter(Table.Store, request, partition => locations.Next(partition));
        using var batch = FamilyValues.ToBatch(Schema, rows);
        await writer.WriteAsync(batch, Token);
        return await writer.CompleteAsync(Token);
    }

    private async Task DeleteAsync()
    {
        switch (Plan.Delete)
        {
            case DeleteKind.CopyOnWrite:
                await DeleteSomeAsync(RowChangeMode.CopyOnWrite);
                break;
            case DeleteKind.MergeOnRead:
                await DeleteSomeAsync(RowChangeMode.MergeOnRead);
                break;
            case DeleteKind.EqualityById:
                await DeleteByValueAsync(Schema.FindField(FamilyColumns.RowId)!);
                break;
            case DeleteKind.EqualityByValue or DeleteKind.EqualityByValueOrNull:
                await DeleteByValueAsync(Schema.FindField(FamilyColumns.EqualityId)!);
                break;
            case DeleteKind.EqualityThenPositions:
                await ChangeByKeyAsync();
                await DeleteSomeAsync(RowChangeMode.MergeOnRead);
                break;
            case DeleteKind.Overwrite:
                await OverwriteAsync();
                break;
        }
    }

    private async Task DeleteSomeAsync(RowChangeMode mode)
    {
        var ids = Rows.Where(_ => _random.Next(5) == 0).Select(r => (long)r.Values[FamilyColumns.RowId]!).ToHashSet();
        if (ids.Count == 0)
        {
            return;
        }

        var column = new Expression.ColumnReference(IndexOf(FamilyColumns.RowId), "id", DataTypes.BigInt.AsNotNull());
        var filter = ScalarFunctions.In.Bind([column, .. ids.Select(id => new Expression.Literal(id, DataTypes.BigInt.AsNotNull()))]);
        Table = (await new RowDeleter(Table, new RowDeletion { Filter = filter, Schema = Table.Metadata.CurrentSchema, Mode = mode }).CommitAsync(Token)).Table;
        Rows.RemoveAll(r => ids.Contains((long)r.Values[FamilyColumns.RowId]!));
    }

    // As a writer of changes does: some rows go, some are replaced, one of them twice in a commit, and one is new.
    private async Task ChangeByKeyAsync()
    {
        var key = Schema.FindField(FamilyColumns.RowId)!;
        var ids = Rows.Select(r => (long)r.Get(key)!).OrderBy(_ => _random.Next()).ToList();
        var deleted = ids.Take(ids.Count / 8).ToList();
        var changed = ids.Skip(ids.Count / 8).Take(1 + (ids.Count / 6)).ToList();
        var rows = changed.Concat(changed.Take(1)).Append(++_ids).Select(NewRow).ToList();

        using var keys = FamilyValues.ToBatch(new Schema(0, [key]), deleted.ConvertAll(id => new FamilyRow(new Dictionary<int, object?> { [key.Id] = id })));
        await Table.DeleteKeysAsync(keys, [key.Name], Token);
        using var batch = FamilyValues.ToBatch(Schema, rows);
        await Table.UpsertAsync(batch, [key.Name], Token);

        Rows.RemoveAll(r => deleted.Contains((long)r.Get(key)!) || changed.Contains((long)r.Get(key)!));
        Rows.AddRange(rows.GroupBy(r => r.Get(key)).Select(g => g.Last()));
    }

    // One delete file for each partition that has data: then a value is deleted wherever it is.
    private async Task DeleteByValueAsync(NestedField field)
    {
        if (Rows.Count == 0)
        {
            return;
        }

        var victims = Rows.Where(_ => _random.Next(6) == 0).Select(r => r.Get(field)).Append(Rows[0].Get(field)).Distinct().ToList();
        var plan = await new TableScan(Table.Store, Table.Metadata).PlanAsync(Token);
        var transaction = Table.NewTransaction();
        var delta = transaction.RowDelta();
        foreach (var place in plan.Tasks.Select(t => (t.Spec, t.File.Partition)).Distinct().ToList())
        {
            delta.AddDeletes(await WriteEqualityDeleteAsync(field, victims, place.Spec, place.Partition));
        }

        Table = await transaction.CommitAsync(Token);
        Rows.RemoveAll(r => victims.Contains(r.Get(field)));
    }

    private async Task<DataFile> WriteEqualityDeleteAsync(NestedField field, List<object?> values, PartitionSpec spec, PartitionTuple partition)
    {
        var locations = new DataLocations(Table.Metadata, spec, Guid.NewGuid());
        await using var writer = EqualityDeleteWriter.Create(Table.Store, Table.Metadata, [field.Id], spec, partition, () => locations.Next(partition));
        using var batch = FamilyValues.ToBatch(new Schema(0, [field]), values.Select(v => new FamilyRow(new Dictionary<int, object?> { [field.Id] = v })).ToList());
        await writer.WriteAsync(batch, Token);
        return (await writer.CompleteAsync(Token)).Single();
    }

    private async Task OverwriteAsync()
    {
        var rows = NewRows();
        var transaction = Table.NewTransaction();
        var overwrite = transaction.Overwrite().RemoveAll();
        foreach (var file in await WriteAsync(rows))
        {
            overwrite.Add(file);
        }

        Table = await transaction.CommitAsync(Token);
        Rows = rows;
    }

    // What must not change a single row.
    private async Task MaintainAsync()
    {
        var transaction = Table.NewTransaction();
        switch (_random.Next(3))
        {
            case 0:
                transaction.ExpireSnapshots().OlderThan(DateTimeOffset.UtcNow.AddDays(1)).RetainLast(1);
                break;
            case 1:
                transaction.UpdateProperties().Set("comment", "changed");
                break;
            default:
                return;
        }

        Table = await transaction.CommitAsync(Token);
    }

    private int IndexOf(int fieldId) => Schema.Fields.Select((f, i) => (f.Id, i)).First(f => f.Id == fieldId).i;
}
