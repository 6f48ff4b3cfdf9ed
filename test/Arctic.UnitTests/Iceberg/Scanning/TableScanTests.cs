using Arctic.Columnar;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Iceberg;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;
using Arctic.Storage.Parquet;
using Arctic.Testing.Faults;

namespace Arctic.UnitTests.Iceberg.Scanning;

public sealed class TableScanTests
{
    private const long Day = 86_400_000_000;

    private static readonly Schema Columns = new(0,
    [
        new NestedField(1, "id", IcebergTypes.Long, true),
        new NestedField(2, "name", IcebergTypes.String, false),
        new NestedField(3, "price", new IcebergType.Decimal(9, 2), false),
        new NestedField(4, "x", IcebergTypes.Double, false),
        new NestedField(5, "p", IcebergTypes.Int, false),
        new NestedField(6, "ts", IcebergTypes.Timestamp, false),
    ]);

    private static readonly RowSchema Row = Columns.ToRowSchema();

    public static TheoryData<string> Specs => ["", "p:identity", "ts:day,name:truncate[1]", "id:bucket[4],ts:month", "price:truncate[500],p:identity"];

    [Theory]
    [MemberData(nameof(Specs))]
    public async Task Pruning_never_changes_the_rows(string specText)
    {
        const int seed = 4711;
        var random = new Random(seed);
        var fixture = await ScanFixture.CreateAsync(Columns, SpecOf(specText));
        for (var commit = 0; commit < 4; commit++)
        {
            var offset = commit * 200;
            await fixture.AppendAsync(Enumerable.Range(0, 200).Select(i => RandomRow(offset + i, commit, random)).ToList());
        }

        await AssertFiltersAsync(fixture, random, seed, rounds: 30);
    }

    private static async Task AssertFiltersAsync(ScanFixture fixture, Random random, int seed, int rounds)
    {
        var scan = new TableScan(fixture.Store, fixture.Table.Metadata);
        var all = await BatchesAsync(scan);
        Assert.InRange(all.Sum(b => b.RowCount), 800, 2000);
        var pruned = 0;
        for (var round = 0; round < rounds; round++)
        {
            var filter = RandomFilter(random, 2);
            var batchFilter = new BatchFilter(filter, EvaluationSettings.Default);
            var expected = all.SelectMany(b => TestRows.Changes(batchFilter.Apply(b))).Select(c => TestRows.Text(c.Row)).Order(StringComparer.Ordinal);

            var filtered = scan.Where(filter);
            var plan = await filtered.PlanAsync(default);
            pruned += plan.FilesPruned + plan.ManifestsTotal - plan.ManifestsRead;
            var found = (await RowsAsync(filtered)).Order(StringComparer.Ordinal);

            Assert.True(expected.SequenceEqual(found), $"seed {seed}, round {round}: {filter}");
        }

        Assert.True(pruned > 0);
    }

    /// <summary>Files as different writers leave them: without statistics, page indexes or metrics, with bounds cut within a character, bounds of NaN, columns of NULLs and of NaNs, every codec.</summary>
    [Fact]
    public async Task Pruning_never_changes_the_rows_whatever_a_writer_leaves_out()
    {
        const int seed = 815;
        var random = new Random(seed);
        var fixture = await ScanFixture.CreateAsync(Columns, SpecOf(""));
        for (var commit = 0; commit < 10; commit++)
        {
            fixture.Parquet = ParquetWriterOptions.Default with
            {
                RowGroupRowsMax = random.Next(30, 300),
                PageBytesTarget = 64,
                WritePageIndex = random.Next(2) == 0,
                StatisticsBytesMax = random.Next(2) == 0 ? 1 : 4096,
                Compression = (ParquetCompression)(commit % 6),
            };
            var (nulls, nans, wide) = (random.Next(4) == 0, random.Next(4) == 0, commit);
            var rows = Enumerable.Range(0, 200).Select(i => RandomRow((wide * 200) + i, wide, random)).ToList();
            foreach (var row in rows)
            {
                row[1] = nulls ? null : row[1] is string name ? name + "ä€😀" : null;
                row[3] = nans ? double.NaN : row[3];
            }

            await fixture.CommitAsync((await fixture.WriteAsync(rows)).Select(f => AsAnotherWriter(f, random)));
        }

        await AssertFiltersAsync(fixture, random, seed, rounds: 60);
    }

    private static DataFile AsAnotherWriter(DataFile file, Random random)
    {
        FieldIdMap<ReadOnlyMemory<byte>>? Cut(FieldIdMap<ReadOnlyMemory<byte>>? bounds, bool isUpper)
        {
            if (bounds is null || random.Next(4) == 0)
            {
                return null;
            }

            var values = bounds.Values.ToArray();
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = bounds.Ids[i] switch
                {
                    // A text cut to bytes: a lower bound still, an upper one with its last byte raised.
                    2 when values[i].Length > 3 => CutBytes(values[i], isUpper),
                    4 when random.Next(2) == 0 => BitConverter.GetBytes(double.NaN),
                    _ => values[i],
                };
            }

            return new FieldIdMap<ReadOnlyMemory<byte>>(bounds.Ids.ToArray(), values);
        }

        return file with
        {
            LowerBounds = Cut(file.LowerBounds, isUpper: false),
            UpperBounds = Cut(file.UpperBounds, isUpper: true),
            NanValueCounts = random.Next(2) == 0 ? null : file.NanValueCounts,
            NullValueCounts = random.Next(3) == 0 ? null : file.NullValueCounts,
            ValueCounts = random.Next(3) == 0 ? null : file.ValueCounts,
        };
    }

    private static ReadOnlyMemory<byte> CutBytes(ReadOnlyMemory<byte> text, bool isUpper)
    {
        var bytes = text[..3].ToArray();
        bytes[^1] += isUpper ? (byte)1 : (byte)0;
        return bytes;
    }

    [Theory]
    [InlineData(2, ScanOrder.Any)]
    [InlineData(5, ScanOrder.Files)]
    public async Task Several_readers_give_the_rows_of_one(int readers, ScanOrder order)
    {
        var random = new Random(9);
        var fixture = await ScanFixture.CreateAsync(Columns, SpecOf("p:identity"));
        for (var commit = 0; commit < 6; commit++)
        {
            var files = await fixture.AppendAsync(Enumerable.Range(commit * 100, 100).Select(i => RandomRow(i, commit, random)).ToList());
            await fixture.CommitAsync(
                [],
                await fixture.WriteEqualityDeletesAsync(fixture.Table.Metadata.DefaultSpec, files[0].Partition, ["id"], [.. Enumerable.Range(0, 20).Select(_ => new object?[] { (long)random.Next(600) })]),
                await fixture.WritePositionDeletesAsync(files[^1], 0, 3));
        }

        // Room for little more than a batch for each part: readers wait for the consumer.
        var scan = new TableScan(fixture.Store, fixture.Table.Metadata) { BatchRowsMax = 7, ReadAheadBytesMax = 2000 };
        var alone = await RowsAsync(scan with { ReadersMax = 1 });
        var together = await RowsAsync(scan with { ReadersMax = readers, Order = order });

        if (order == ScanOrder.Any)
        {
            alone.Sort(StringComparer.Ordinal);
            together.Sort(StringComparer.Ordinal);
        }

        Assert.Equal(alone, together);
    }

    [Theory]
    [InlineData(ScanOrder.Any)]
    [InlineData(ScanOrder.Files)]
    public async Task A_scan_of_several_readers_ends_when_its_consumer_goes_or_a_file_is_missing(ScanOrder order)
    {
        var fixture = await ScanFixture.CreateAsync(Columns, SpecOf(""));
        var files = new List<DataFile>();
        for (var commit = 0; commit < 5; commit++)
        {
            files.AddRange(await fixture.AppendAsync(Enumerable.Range(0, 100).Select(i => new object?[] { (long)i, "n", null, null, null, null }).ToList()));
        }

        var scan = new TableScan(fixture.Store, fixture.Table.Metadata) { BatchRowsMax = 10, ReadersMax = 3, Order = order, ReadAheadBytesMax = 1000 };
        ChangeBatch? first = null;
        await foreach (var batch in scan.ReadAsync(default))
        {
            first = batch;
            batch.Dispose();
            break;
        }

        await fixture.Store.DeleteAsync(files[3].FilePath, default);
        var error = await Assert.ThrowsAsync<ArcticException>(() => RowsAsync(scan));
        Assert.NotNull(first);
        Assert.Equal(ErrorCodes.ObjectNotFound, error.Code);
    }

    [Fact]
    public async Task Chosen_columns_come_in_their_order_with_what_the_reader_knows()
    {
        var fixture = await ScanFixture.CreateAsync(Columns, SpecOf(""));
        var file = (await fixture.AppendAsync(Enumerable.Range(0, 100).Select(i => new object?[] { (long)i, $"n{i}", null, null, i % 2, null }).ToList()))[0];

        var scan = new TableScan(fixture.Store, fixture.Table.Metadata)
            .Select([Columns.Fields[1], MetadataColumns.Position, MetadataColumns.FilePath, new NestedField(99, "absent", IcebergTypes.Int, false)])
            .Where(Compare(ScalarFunctions.Equals, 4, 1))
            .Where(Compare(ScalarFunctions.GreaterThanOrEqual, 0, 95L));

        Assert.Equal(["n95|95|{0}|NULL", "n97|97|{0}|NULL", "n99|99|{0}|NULL"], (await RowsAsync(scan)).Select(r => r.Replace(file.FilePath, "{0}", StringComparison.Ordinal)));
        Assert.Equal(["name", "_pos", "_file", "absent"], scan.OutputSchema.Fields.Select(f => f.Name));
    }

    [Fact]
    public async Task A_scan_without_columns_counts_rows()
    {
        var fixture = await ScanFixture.CreateAsync(Columns, SpecOf(""));
        var file = (await fixture.AppendAsync(Enumerable.Range(0, 130).Select(i => new object?[] { (long)i, null, null, null, null, null }).ToList()))[0];
        await fixture.CommitAsync([], await fixture.WritePositionDeletesAsync(file, 0, 64, 129));

        var batches = await BatchesAsync(new TableScan(fixture.Store, fixture.Table.Metadata).Select(Array.Empty<string>()));

        Assert.Equal(127, batches.Sum(b => b.RowCount));
    }

    [Fact]
    public async Task Deletes_apply_to_older_data_only()
    {
        var fixture = await ScanFixture.CreateAsync(Columns, SpecOf("p:identity"));
        object?[] Of(long id, string? name, int p) => [id, name, null, null, p, null];
        var first = await fixture.AppendAsync([Of(1, "a", 0), Of(2, null, 0), Of(3, "c", 0), Of(1, "a", 1), Of(5, "e", 1)]);
        var zero = first.Single(f => f.Partition[0] is 0);
        var spec = fixture.Table.Metadata.DefaultSpec;

        // In one commit: the equality deletes spare its own new rows, the position delete does not ask for age.
        await fixture.CommitAsync(
            await fixture.WriteAsync([Of(1, "a", 0), Of(9, null, 0)]),
            await fixture.WriteEqualityDeletesAsync(spec, zero.Partition, ["id", "name"], [[1L, "a"], [2L, null]]),
            await fixture.WritePositionDeletesAsync(zero, 2));

        Assert.Equal(["1|a|0", "1|a|1", "5|e|1", "9|NULL|0"], await SortedAsync(fixture, "id", "name", "p"));

        // The key need not be chosen to be compared.
        Assert.Equal(["0", "0", "1", "1"], await SortedAsync(fixture, "p"));
        await fixture.CommitAsync([], await fixture.WriteEqualityDeletesAsync(spec, zero.Partition, ["name"], [[null]]));
        Assert.Equal(["1|a|0", "1|a|1", "5|e|1"], await SortedAsync(fixture, "id", "name", "p"));
    }

    [Fact]
    public async Task Time_travel_and_appends_between_snapshots()
    {
        var fixture = await ScanFixture.CreateAsync(Columns, SpecOf(""));
        var snapshots = new List<long>();
        for (var i = 0; i < 4; i++)
        {
            await fixture.AppendAsync([[(long)i, null, null, null, null, null]]);
            snapshots.Add(fixture.Table.Metadata.CurrentSnapshotId!.Value);
        }

        var metadata = fixture.Table.Metadata;
        var scan = new TableScan(fixture.Store, metadata).Select("id");
        Assert.Equal(["0", "1"], (await RowsAsync(scan.AtSnapshot(snapshots[1]))).Order());
        Assert.Equal(["0", "1", "2", "3"], (await RowsAsync(scan.AtRef("main"))).Order());

        var between = IncrementalAppendScan.SnapshotsBetween(metadata, snapshots[0], snapshots[2]);
        Assert.Equal(snapshots[1..3], between.Select(s => s.SnapshotId));
        await using var reader = scan.CreateReader();
        var rows = new List<string>();
        foreach (var snapshot in between)
        {
            rows.AddRange((await TestRows.ReadAsync(reader.ReadAsync(await IncrementalAppendScan.PlanAsync(fixture.Store, metadata, snapshot, default), default))).Select(TestRows.Text));
        }

        Assert.Equal(["1", "2"], rows);
        Assert.Equal(4, IncrementalAppendScan.SnapshotsBetween(metadata, null, snapshots[3]).Count);
        Assert.Empty(IncrementalAppendScan.SnapshotsBetween(metadata, snapshots[3], snapshots[3]));
        var error = Assert.Throws<ArcticException>(() => IncrementalAppendScan.SnapshotsBetween(metadata, 12345, snapshots[3]));
        Assert.Equal(ErrorCodes.UnknownName, error.Code);
    }

    [Fact]
    public async Task Files_read_in_parts_give_each_row_once_at_its_position()
    {
        var fixture = await ScanFixture.CreateAsync(Columns, SpecOf(""));
        var file = (await fixture.AppendAsync(Enumerable.Range(0, 500).Select(i => new object?[] { (long)i, $"n{i}", null, null, null, null }).ToList()))[0];
        await fixture.CommitAsync([], await fixture.WritePositionDeletesAsync(file, 7, 250, 499));
        var scan = new TableScan(fixture.Store, fixture.Table.Metadata).Select([Columns.Fields[0], MetadataColumns.Position]);
        var whole = await RowsAsync(scan);

        var parts = SplitPlanner.Split((await scan.PlanAsync(default)).Tasks.Single(), targetBytes: 1).ToArray();
        await using var reader = scan.CreateReader();

        Assert.Equal(13, parts.Length);
        Assert.Equal(497, whole.Count);
        Assert.Equal(whole, (await TestRows.ReadAsync(reader.ReadAsync(parts, default))).Select(TestRows.Text));
    }

    [Fact]
    public async Task Unknown_columns_snapshots_and_branches_are_named()
    {
        var fixture = await ScanFixture.CreateAsync(Columns, SpecOf(""));
        var scan = new TableScan(fixture.Store, fixture.Table.Metadata);

        Assert.Equal("Did you mean 'name'?", Assert.Throws<ArcticException>(() => scan.Select("nme")).Hint);
        Assert.Contains("no snapshot 7", Assert.Throws<ArcticException>(() => scan.AtSnapshot(7)).Message, StringComparison.Ordinal);
        Assert.Contains("'dev'", Assert.Throws<ArcticException>(() => scan.AtRef("dev")).Message, StringComparison.Ordinal);
        Assert.Empty(await RowsAsync(scan));
    }

    [Fact]
    public async Task A_reader_that_could_not_load_deletes_loads_them_for_the_next_read()
    {
        var fixture = await ScanFixture.CreateAsync(Columns, SpecOf(""));
        await fixture.AppendAsync(Enumerable.Range(0, 4).Select(i => new object?[] { (long)i, null, null, null, null, null }).ToList());
        var deletes = await fixture.WriteEqualityDeletesAsync(PartitionSpec.Unpartitioned, PartitionTuple.Empty, ["id"], [[1L], [2L]]);
        await fixture.CommitAsync([], deletes);
        var faults = new ScriptedFaults();
        var scan = new TableScan(new FaultInjectingObjectStore(fixture.Store, faults, TimeProvider.System), fixture.Table.Metadata).Select("id");
        var tasks = (await scan.PlanAsync(default)).Tasks;
        await using var reader = scan.CreateReader();
        faults.Add(StoreOperation.OpenRead, deletes.FilePath, new Fault(FaultKind.FailBefore));

        await Assert.ThrowsAsync<ArcticException>(() => TestRows.ReadAsync(reader.ReadAsync(tasks, default)));

        Assert.Equal(["0", "3"], (await TestRows.ReadAsync(reader.ReadAsync(tasks, default))).Select(TestRows.Text));
    }

    [Fact]
    public async Task A_filter_sees_the_columns_of_the_schema_whatever_part_of_them_is_chosen()
    {
        var point = new IcebergType.Struct([new NestedField(2, "x", IcebergTypes.Int, false), new NestedField(3, "y", IcebergTypes.Int, false)]);
        var fixture = await ScanFixture.CreateAsync(new Schema(0, [new NestedField(1, "point", point, false)]), SpecOf(""));
        await fixture.AppendAsync([[new object?[] { 1, 2 }], [new object?[] { 2, 1 }], [null]]);
        var part = fixture.Table.Metadata.CurrentSchema.Fields[0] with { Type = new IcebergType.Struct([point.Fields[1]]) };

        var scan = new TableScan(fixture.Store, fixture.Table.Metadata).Select([part]).Where(Filter.Column("point.x") == 1);

        Assert.Equal(["2"], await RowsAsync(scan));
    }

    [Fact]
    public async Task A_filter_stays_on_its_columns_when_the_scan_goes_to_another_snapshot()
    {
        var fixture = await ScanFixture.CreateAsync(Columns, SpecOf(""));
        await fixture.AppendAsync([[1L, "b", null, null, 2, null], [2L, "a", null, null, 1, null]]);
        var first = fixture.Table.Metadata.CurrentSnapshotId!.Value;
        await fixture.EvolveAsync(t => t.UpdateSchema().MoveFirst("p").AddColumn("later", IcebergTypes.Int).WidenColumn("p", IcebergTypes.Long));
        await fixture.AppendAsync([[9L, 1L, "a", null, null, null, 7]]);
        var scan = new TableScan(fixture.Store, fixture.Table.Metadata);

        Assert.Equal(["2"], await RowsAsync(scan.Where(Filter.Column("name") == "a").AtSnapshot(first).Select("id")));
        var error = Assert.Throws<ArcticException>(() => scan.Where(Filter.Column("later") == 7).AtSnapshot(first));
        Assert.Equal(ErrorCodes.InvalidStatement, error.Code);
        Assert.Contains("'later'", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<ArcticException>(() => scan.Where(Filter.Column("p") == 1).AtSnapshot(first));
        Assert.Equal("Choose the snapshot first, then the rows.", error.Hint);
        Assert.Equal(["2"], await RowsAsync(scan.AtSnapshot(first).Where(Filter.Column("p") == 1).Select("id")));
    }

    [Fact]
    public async Task A_file_of_the_NULL_partition_that_lacks_its_column_has_NULL_there()
    {
        var fixture = await ScanFixture.CreateAsync(new Schema(0, [new NestedField(1, "id", IcebergTypes.Long, true)]), SpecOf(""));
        await fixture.EvolveAsync(t => t.UpgradeFormatVersion(3));
        var files = await fixture.WriteAsync([[1L]]);
        await fixture.EvolveAsync(t => t.UpdateSchema().AddColumn(new NewColumn { Name = "p", Type = IcebergTypes.Int, Default = 7 }));
        await fixture.EvolveAsync(t => t.UpdatePartitionSpec().AddField("p"));
        var spec = fixture.Table.Metadata.DefaultSpecId;

        await fixture.CommitAsync([files[0] with { SpecId = spec, Partition = new PartitionTuple(new object?[] { null }) }]);

        Assert.Equal(["1|NULL"], await RowsAsync(new TableScan(fixture.Store, fixture.Table.Metadata)));
    }

    [Fact]
    public async Task Batches_give_their_memory_back()
    {
        var fixture = await ScanFixture.CreateAsync(Columns, SpecOf(""));
        await fixture.AppendAsync(Enumerable.Range(0, 500).Select(i => new object?[] { (long)i, "n", null, null, null, null }).ToList());
        var scan = new TableScan(fixture.Store, fixture.Table.Metadata) { BatchRowsMax = 100 }.Where(Compare(ScalarFunctions.GreaterThan, 0, 250L));

        await foreach (var batch in scan.ReadAsync(default))
        {
            Assert.Equal(1, batch.Lease.HolderCount);
            batch.Dispose();
            Assert.Equal(0, batch.Lease.HolderCount);
        }
    }

    private static PartitionSpec SpecOf(string text)
    {
        var fields = text.Split(',', StringSplitOptions.RemoveEmptyEntries).Select((f, i) =>
        {
            var parts = f.Split(':');
            var source = Columns.FindField(parts[0])!;
            return new PartitionField(source.Id, 1000 + i, parts[0] + "_" + i, Transform.Parse(parts[1]));
        });
        return new PartitionSpec(0, new EquatableList<PartitionField>(fields));
    }

    private static object?[] RandomRow(int id, int commit, Random random) =>
    [
        (long)id,
        random.Next(6) == 0 ? null : $"{(char)('a' + random.Next(4) + commit)}{random.Next(10)}",
        random.Next(6) == 0 ? null : (Int128)random.Next(-3000, 3000),
        random.Next(8) switch { 0 => null, 1 => double.NaN, 2 => -0.0, 3 => 0.0, _ => random.Next(-5, 5) + (commit * 10.0) },
        random.Next(6) == 0 ? null : random.Next(3),
        random.Next(6) == 0 ? null : ((random.Next(5) + commit - 3) * Day) + random.NextInt64(-Day, Day),
    ];

    private static Expression RandomFilter(Random random, int depth)
    {
        if (depth > 0 && random.Next(2) == 0)
        {
            return random.Next(5) switch
            {
                0 => ScalarFunctions.Not.Bind([RandomFilter(random, depth - 1)]),
                1 or 2 => ScalarFunctions.Or.Bind([RandomFilter(random, depth - 1), RandomFilter(random, depth - 1)]),
                _ => ScalarFunctions.And.Bind([RandomFilter(random, depth - 1), RandomFilter(random, depth - 1)]),
            };
        }

        var index = random.Next(Row.Count);
        var column = Column(index);
        return random.Next(8) switch
        {
            0 => ScalarFunctions.IsNull.Bind([column]),
            1 => ScalarFunctions.IsNotNull.Bind([column]),
            2 => ScalarFunctions.In.Bind([column, RandomLiteral(index, random), RandomLiteral(index, random)]),
            3 when index == 1 => ScalarFunctions.Like.Bind([column, new Expression.Literal($"{(char)('a' + random.Next(6))}%", DataTypes.String.AsNotNull())]),
            var kind => Comparisons[(kind + random.Next(6)) % 6].Bind(random.Next(2) == 0 ? [column, RandomLiteral(index, random)] : [RandomLiteral(index, random), column]),
        };
    }

    private static readonly ScalarFunction[] Comparisons =
    [
        ScalarFunctions.Equals, ScalarFunctions.NotEquals, ScalarFunctions.LessThan, ScalarFunctions.LessThanOrEqual, ScalarFunctions.GreaterThan, ScalarFunctions.GreaterThanOrEqual,
    ];

    private static Expression.Literal RandomLiteral(int index, Random random) => index switch
    {
        0 => new Expression.Literal(random.Next(900), DataTypes.Int.AsNotNull()),
        1 => new Expression.Literal($"{(char)('a' + random.Next(7))}{random.Next(10)}", DataTypes.String.AsNotNull()),
        2 => new Expression.Literal((Int128)random.Next(-30, 30), DataTypes.Decimal(5, random.Next(2)).AsNotNull()),
        3 => new Expression.Literal(random.Next(4) == 0 ? 0.0 : random.Next(-5, 40), DataTypes.Double.AsNotNull()),
        4 => new Expression.Literal(random.Next(-1, 4), DataTypes.Int.AsNotNull()),
        _ => new Expression.Literal((random.Next(8) - 4) * Day, DataTypes.Timestamp(random.Next(2) * 3).AsNotNull()),
    };

    private static Expression.ColumnReference Column(int index) => new(index, Row[index].Name, Row[index].Type);

    private static Expression Compare(ScalarFunction function, int index, object value) =>
        function.Bind([Column(index), new Expression.Literal(value, value is int ? DataTypes.Int.AsNotNull() : DataTypes.BigInt.AsNotNull())]);

    private static async Task<List<ChangeBatch>> BatchesAsync(TableScan scan)
    {
        var batches = new List<ChangeBatch>();
        await foreach (var batch in scan.ReadAsync(default))
        {
            batches.Add(batch.Compact());
            batch.Dispose();
        }

        return batches;
    }

    private static async Task<List<string>> RowsAsync(TableScan scan) => (await TestRows.ReadAsync(scan.ReadAsync(default))).Select(TestRows.Text).ToList();

    private static async Task<IEnumerable<string>> SortedAsync(ScanFixture fixture, params string[] columns) =>
        (await RowsAsync(new TableScan(fixture.Store, fixture.Table.Metadata).Select(columns))).Order(StringComparer.Ordinal);
}
