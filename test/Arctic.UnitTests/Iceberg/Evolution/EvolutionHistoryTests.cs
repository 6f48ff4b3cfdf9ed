using Arctic.Columnar;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Json;

namespace Arctic.UnitTests.Iceberg.Evolution;

public sealed class EvolutionHistoryTests
{
    private const int Steps = 30;

    public static TheoryData<int> Seeds => new(Enumerable.Range(1, 12));

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Rows_are_read_as_the_format_says_whatever_the_table_has_been(int seed)
    {
        var random = new Random(seed);
        var history = new RandomHistory(random);
        await history.StartAsync(1 + (seed % 3));
        var rowIds = new Dictionary<long, long>();
        try
        {
            for (var step = 0; step < Steps; step++)
            {
                await history.StepAsync();
                await CheckCurrentAsync(history);
                await CheckLineageAsync(history, rowIds, startsAt: 1 + (seed % 3));
            }

            await CheckSnapshotsAsync(history);
            await CheckFiltersAsync(history, random);
        }
        catch (Exception e) when (e is not Xunit.Sdk.XunitException { InnerException: not null })
        {
            throw new Xunit.Sdk.XunitException($"seed {seed}: {e.Message}\n{string.Join('\n', history.Log)}", e);
        }

        Assert.True(history.Refused < Steps / 2, $"seed {seed}: {history.Refused} steps were refused");
    }

    private static async Task CheckCurrentAsync(RandomHistory history)
    {
        var metadata = history.Table.Metadata;
        var scan = new TableScan(history.Table.Store, metadata);
        Assert.Equal(Expected(history.RowsOf(metadata.CurrentSnapshotId), metadata.CurrentSchema), await RowsAsync(scan));

        // What a file says is what the table is.
        var read = TableMetadataReader.Read(TableMetadataWriter.Write(metadata), "memory:///x.json");
        Assert.Equal(metadata.Schemas.Select(SchemaJson.ToText), read.Schemas.Select(SchemaJson.ToText));
        Assert.True(metadata.CurrentSchema.SameAs(read.CurrentSchema));
        Assert.Equal(metadata.PartitionSpecs, read.PartitionSpecs);
        Assert.Equal(metadata.Snapshots.Select(s => s.SnapshotId), read.Snapshots.Select(s => s.SnapshotId));
        Assert.True(metadata.LastColumnId >= metadata.Schemas.Max(s => s.HighestFieldId));
    }

    // A row keeps its id as long as the table lives, and no other row gets it. Rows that are older than v3 get theirs with each branch's first commit in v3.
    private static async Task CheckLineageAsync(RandomHistory history, Dictionary<long, long> known, int startsAt)
    {
        var metadata = history.Table.Metadata;
        if (metadata.FormatVersion < 3)
        {
            return;
        }

        var scan = new TableScan(history.Table.Store, metadata).Select([metadata.CurrentSchema.FindField(1)!, MetadataColumns.RowId, MetadataColumns.LastUpdatedSequenceNumber]);
        var rows = (await TestRows.ReadAsync(scan.ReadAsync(default))).Where(r => r[1] is not null).Select(r => (Key: Convert.ToInt64(r[0]), Id: (long)r[1]!, Number: (long)r[2]!)).ToList();
        Assert.Equal(rows.Count, rows.Select(r => r.Id).Distinct().Count());
        Assert.All(rows, r => Assert.InRange(r.Id, 0, metadata.NextRowId - 1));
        Assert.All(rows, r => Assert.InRange(r.Number, 0, metadata.LastSequenceNumber));
        foreach (var row in startsAt == 3 ? rows : [])
        {
            Assert.True(known.TryAdd(row.Key, row.Id) || known[row.Key] == row.Id, $"row {row.Key} had the id {known[row.Key]} and has {row.Id}");
        }
    }

    private static async Task CheckSnapshotsAsync(RandomHistory history)
    {
        var metadata = history.Table.Metadata;
        foreach (var snapshot in metadata.Snapshots)
        {
            var scan = new TableScan(history.Table.Store, metadata).AtSnapshot(snapshot.SnapshotId);
            Assert.Equal(Expected(history.RowsOf(snapshot.SnapshotId), metadata.SchemaOf(snapshot)), await RowsAsync(scan));
        }

        foreach (var (name, reference) in metadata.Refs.Where(r => r.Value.Type == SnapshotRefType.Branch))
        {
            Assert.Equal(Expected(history.RowsOf(reference.SnapshotId), metadata.CurrentSchema), await RowsAsync(new TableScan(history.Table.Store, metadata).AtRef(name)));
        }
    }

    // Whatever was promoted or partitioned since, pruning drops no row that a filter keeps.
    private static async Task CheckFiltersAsync(RandomHistory history, Random random)
    {
        var scan = new TableScan(history.Table.Store, history.Table.Metadata);
        var all = await BatchesAsync(scan);
        for (var i = 0; i < scan.Schema.Fields.Count; i++)
        {
            var type = scan.OutputSchema[i].Type;
            var values = all.SelectMany(b => TestRows.Changes(b)).Select(c => c.Row[i]).OfType<IComparable>().ToList();
            if (!scan.Schema.Fields[i].Type.IsPrimitive || values.Count == 0 || type is DataType.Boolean)
            {
                continue;
            }

            foreach (var function in (ScalarFunction[])[ScalarFunctions.Equals, ScalarFunctions.LessThan, ScalarFunctions.GreaterThan])
            {
                var filter = function.Bind([new Expression.ColumnReference(i, scan.Schema.Fields[i].Name, type), new Expression.Literal(values[random.Next(values.Count)], type.WithNullability(false))]);
                var batchFilter = new BatchFilter(filter, EvaluationSettings.Default);
                var expected = all.Select(b => batchFilter.Apply(b)).SelectMany(TextsOf).Order(StringComparer.Ordinal);
                Assert.Equal(expected, await RowsAsync(scan.Where(filter)));
            }
        }
    }

    private static IEnumerable<string> Expected(IEnumerable<SlowRow> rows, Schema schema) => rows.Select(r => r.Read(schema)).Order(StringComparer.Ordinal);

    private static async Task<List<ChangeBatch>> BatchesAsync(TableScan scan)
    {
        var batches = new List<ChangeBatch>();
        await foreach (var batch in scan.ReadAsync(default))
        {
            batches.Add(batch);
        }

        return batches;
    }

    private static async Task<IEnumerable<string>> RowsAsync(TableScan scan)
    {
        var rows = new List<string>();
        await foreach (var batch in scan.ReadAsync(default))
        {
            rows.AddRange(TextsOf(batch));
            batch.Dispose();
        }

        return rows.Order(StringComparer.Ordinal);
    }

    private static List<string> TextsOf(ChangeBatch batch) =>
        Enumerable.Range(0, batch.RowCount).Select(i => batch.Selection is { } s ? s.Span[i] : i).Select(i => string.Join("|", batch.Columns.Select(c => SlowText.Of(c, i)))).ToList();
}
