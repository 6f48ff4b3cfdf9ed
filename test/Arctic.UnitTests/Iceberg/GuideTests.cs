using System.Text.RegularExpressions;
using Arctic.Columnar;
using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Inspecting;
using Arctic.Iceberg.Maintenance;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;
using Microsoft.Extensions.Time.Testing;

namespace Arctic.UnitTests.Iceberg;

/// <summary>The lines of docs/guide/iceberg.md as they stand there, section by section, with what they should give.</summary>
public sealed partial class GuideTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2025, 3, 1, 0, 0, 0, TimeSpan.Zero));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_line_of_the_guide_stands_here()
    {
        var root = RepositoryRoot();
        var page = File.ReadAllText(Path.Combine(root, "docs", "guide", "iceberg.md"));
        var code = File.ReadLines(Path.Combine(root, "test", "Arctic.UnitTests", "Iceberg", "GuideTests.cs")).Select(CodeOf).ToList();

        // The lines of a block stand in its order; the test's own may stand between them.
        var blocks = Blocks().Matches(page).Select(m => m.Groups[1].Value.Split('\n').Select(CodeOf).Where(l => l.Length > 0).ToList()).ToList();
        var missing = blocks.SelectMany(block => MissingOf(block, code)).ToList();

        Assert.True(blocks.Count >= 10, $"The guide has {blocks.Count} blocks of C#: are they still found?");
        Assert.Empty(missing);
    }

    [Fact]
    public async Task Open()
    {
        await CreateAsync();
        var (folder, token) = (_folder.Path, "t");

        await using var catalog = IcebergCatalog.OpenFileSystem(folder);
        await using var server = IcebergCatalog.OpenRest("https://catalog.example.com", new Dictionary<string, string> { ["warehouse"] = "prod", ["token"] = token });
        var moved = await IcebergTable.OpenAsync(folder + "/shop/orders");

        Assert.Equal(3, await moved.ReadAsync<Order>().CountAsync());
    }

    [Fact]
    public async Task Read_and_travel_in_time()
    {
        var orders = await CreateAsync();
        var snapshotId = orders.Metadata.Snapshots[0].SnapshotId;
        var yesterday = _time.GetUtcNow().AddHours(-12);
        var tagging = orders.NewTransaction();
        tagging.ManageSnapshots().CreateBranch("audit");
        orders = await tagging.CommitAsync();
        var read = new List<long>();
        var rows = 0L;

        await foreach (var order in orders.ReadAsync<Order>(o => o.Amount > 10m && o.Customer.StartsWith("a")))
        {
            Console.WriteLine(order);
            read.Add(order.Id);
        }

        await foreach (var batch in orders.ScanAsync(columns: ["id", "amount"], filter: Filter.Column("amount") > 10m))
        {
            using (batch)
            {
                Console.WriteLine(batch.RowCount);
                rows += batch.RowCount;
            }
        }

        await foreach (var arrow in orders.NewScan().Select("id").ReadArrowAsync())
        {
            using (arrow)
            {
                Console.WriteLine(arrow.Length);
                rows += arrow.Length;
            }
        }

        var scan = orders.NewScan();
        var then = await scan.AtSnapshot(snapshotId).ReadAsync<Order>().ToListAsync();
        var before = await scan.AsOf(yesterday).ReadAsync<Order>().ToListAsync();
        var seven = scan.AtRef("audit").Where(Filter.Column("id") == 7).ReadAsync<Order>();

        Assert.Equal([2], read);
        Assert.Equal(5, rows);
        Assert.Equal((1, 2, 0), (then.Count, before.Count, await seven.CountAsync()));
    }

    [Fact]
    public async Task Change_rows_by_key()
    {
        var orders = await CreateAsync();
        var now = _time.GetUtcNow();

        await orders.UpsertAsync([new Order(1, "ann", 12m, now, "again")]);
        await orders.DeleteKeysAsync([new { Id = 3L }], ["id"]);

        await using var delta = orders.NewRowDeltaWriter();
        await delta.AddAsync([new Order(8, "dan", 7m, now, null)]);
        await delta.UpsertAsync([new Order(8, "dan", 8m, now, null)]);
        await delta.CommitAsync();

        Assert.Equal([(1, 12m), (2, 20m), (8, 8m)], await orders.ReadAsync<Order>().OrderBy(o => o.Id).Select(o => (o.Id, o.Amount)).ToListAsync());
    }

    [Fact]
    public async Task Change_rows_and_see_what_changed()
    {
        var orders = await CreateAsync();
        var now = _time.GetUtcNow();
        var lastYear = now.AddYears(-1);
        var seenSnapshotId = orders.Metadata.CurrentSnapshotId!.Value;
        var (removed, files) = (0, 0L);
        var cancellationToken = TestContext.Current.CancellationToken;

        await orders.DeleteAsync<Order>(o => o.At < lastYear);
        await orders.OverwriteAsync<Order>(o => o.Customer == "ann", [new Order(1, "ann", 12m, now, "corrected")]);

        Assert.Equal([(1, 12m), (3, 30m)], await orders.ReadAsync<Order>().OrderBy(o => o.Id).Select(o => (o.Id, o.Amount)).ToListAsync());

        var changes = orders.NewChangeScan().After(seenSnapshotId);
        await foreach (var batch in changes.ReadAsync())
        {
            using (batch)
            using (var rows = batch.Compact())
            {
                removed += Enumerable.Range(0, rows.RowCount).Count(i => rows.KindAt(i) == RowKind.Delete);
            }
        }

        var added = 0m;
        await foreach (var change in changes.Where(Filter.Column("amount") > 5m).ReadAsync<Order>())
        {
            added += change.Kind == RowKind.Insert ? change.Row.Amount : 0;
        }

        await foreach (var batch in MetadataTables.Open(orders, "files").ReadAsync(cancellationToken))
        {
            using (batch)
            {
                files += batch.RowCount;
            }
        }

        Assert.Equal((2, 2, 12m), (removed, files, added));
    }

    [Fact]
    public async Task Evolve()
    {
        var orders = await CreateAsync();
        var tagged = orders.NewTransaction();
        tagged.ManageSnapshots().CreateTag("before");
        orders = await tagged.CommitAsync();

        var change = orders.NewTransaction();
        change.UpdateSchema()
            .AddColumn(new NewColumn { Name = "currency", Type = IcebergTypes.String, Default = "EUR", Doc = "ISO 4217" })
            .RenameColumn("note", "remark")
            .WidenColumn("amount", new IcebergType.Decimal(12, 2))
            .MoveAfter("currency", "amount");
        change.UpdatePartitionSpec().AddField("customer", new Transform.Bucket(16)).RemoveField("at_day");
        change.ReplaceSortOrder().Ascending("at");
        change.UpdateProperties().Set("write.metadata.compression-codec", "gzip");
        orders = await change.CommitAsync();

        await orders.AppendAsync([new { Id = 4L, Customer = "eve", Amount = 1_000_000_000m, At = _time.GetUtcNow(), Currency = "SEK" }]);
        Assert.Equal(["EUR", "EUR", "EUR", "SEK"], await orders.ReadAsync<Priced>().OrderBy(o => o.Id).Select(o => o.Currency).ToListAsync());

        // A tag has the schema of its time: the column is still called note there.
        Assert.Equal(3, await orders.NewScan().AtRef("before").ReadAsync<Order>().CountAsync());
    }

    [Fact]
    public async Task Branch_and_tag()
    {
        var orders = await CreateAsync();
        var now = _time.GetUtcNow();

        await using var writer = orders.NewWriter();
        await writer.WriteAsync([new Order(7, "eve", 5m, now, null)]);
        var audit = orders.NewTransaction().ToBranch("audit");
        audit.Append().Add(await writer.CompleteAsync());
        orders = await audit.CommitAsync();

        Assert.Equal((3, 4), (await orders.ReadAsync<Order>().CountAsync(), await orders.NewScan().AtRef("audit").ReadAsync<Order>().CountAsync()));

        var references = orders.NewTransaction();
        references.ManageSnapshots()
            .CreateTag("end-of-year").SetMaxRefAge("end-of-year", TimeSpan.FromDays(3650))
            .FastForward("main", "audit")
            .RemoveBranch("audit");
        orders = await references.CommitAsync();

        Assert.Equal(4, await orders.ReadAsync<Order>().CountAsync());
        Assert.Equal(["end-of-year", "main"], orders.Metadata.Refs.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Maintain()
    {
        var orders = await CreateAsync();
        await orders.DeleteAsync<Order>(o => o.Id == 1);
        var files = Directory.GetFiles(_folder.Path, "*.parquet", SearchOption.AllDirectories).Length;
        _time.Advance(TimeSpan.FromDays(30));
        var lastWeek = _time.GetUtcNow().AddDays(-7);
        for (var i = 10; i < 21; i++)
        {
            await orders.AppendAsync([new Order(i, "joe", 1m, _time.GetUtcNow(), null)]);
        }

        await orders.RewriteDataFilesAsync();
        await orders.RewritePositionDeletesAsync();
        await orders.RemoveDanglingDeletesAsync();
        await orders.RewriteManifestsAsync();
        await orders.ExpireSnapshotsAsync(new SnapshotExpiryOptions { OlderThan = lastWeek, RetainLast = 10 });
        await orders.RemoveOrphansAsync();

        Assert.DoesNotContain(orders.Metadata.Snapshots, s => s.TimestampMs < lastWeek.ToUnixTimeMilliseconds());
        Assert.True(Directory.GetFiles(_folder.Path, "*.parquet", SearchOption.AllDirectories).Length < files + 12);
        Assert.Equal([2, 3, .. Enumerable.Range(10, 11)], await orders.ReadAsync<Order>().Select(o => (int)o.Id).Order().ToListAsync());
    }

    // Three orders of two days.
    private async Task<IcebergTable> CreateAsync()
    {
        var catalog = IcebergCatalog.OpenFileSystem(_folder.Path, new IcebergCatalogOptions { Time = _time });
        var now = _time.GetUtcNow();

        var orders = await catalog.CreateTableAsync("shop.orders",
            TableCreation.For<Order>().PartitionedBy("at", new Transform.Day()).SortedBy("customer").IdentifiedBy("id").WithProperty("format-version", "3"));

        await orders.AppendAsync([new Order(2, "abe", 20m, now.AddYears(-2), null)]);
        await orders.AppendAsync([new Order(1, "ann", 9.95m, now, null)]);
        _time.Advance(TimeSpan.FromDays(1));
        await orders.AppendAsync([new Order(3, "bob", 30m, _time.GetUtcNow(), null)]);
        return orders;
    }

    private static IEnumerable<string> MissingOf(List<string> block, List<string> code)
    {
        var at = 0;
        foreach (var line in block)
        {
            var found = code.IndexOf(line, at);
            if (found < 0)
            {
                yield return line;
            }
            else
            {
                at = found + 1;
            }
        }
    }

    // A line without its indentation, its comment and what only a member of a class has in front.
    private static string CodeOf(string line) => Comment().Replace(line.Replace("internal sealed record", "record", StringComparison.Ordinal), "").Trim();

    private static string RepositoryRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Arctic.slnx")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("There is no Arctic.slnx above the tests.");
        }

        return folder;
    }

    [GeneratedRegex(@"(^|\s+)// .*$")]
    private static partial Regex Comment();

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Blocks();

    internal sealed record Priced(long Id, string Currency);

    internal sealed record Order(long Id, string Customer, [IcebergColumn(Type = "decimal(10, 2)")] decimal Amount, DateTimeOffset At, string? Note);
}
