using System.Text.Json;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Catalog.Rest;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Json;
using Arctic.Iceberg.Transactions;
using Arctic.Storage.ObjectStores;

namespace Arctic.UnitTests.Iceberg.Catalog.Rest;

/// <summary>What the client says and asks, beyond what the conformance suite needs.</summary>
public sealed class RestProtocolTests
{
    private static readonly TableIdentifier Orders = TableFixture.Orders;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Every_requirement_and_update_is_written_so_that_another_decoder_reads_it()
    {
        var key = new EncryptionKey("k", "bWV0YQ==") { EncryptedById = "kek", Properties = new Dictionary<string, string> { ["a"] = "b" } };
        var snapshot = new Snapshot
        {
            SnapshotId = long.MaxValue,
            ParentSnapshotId = 5,
            SequenceNumber = 9,
            TimestampMs = 1_700_000_000_123,
            ManifestList = "s3://b/list \"q\" é.avro",
            Summary = new Dictionary<string, string> { ["operation"] = "append", ["added-records"] = "3" },
            SchemaId = 2,
            FirstRowId = 10,
            AddedRows = 3,
            KeyId = "k",
        };
        TableRequirement[] requirements =
        [
            new TableRequirement.AssertCreate(), new TableRequirement.AssertTableUuid(Guid.Parse("53c3688c-440a-450d-bce6-bd965b43af47")), new TableRequirement.AssertRefSnapshotId("main", null),
            new TableRequirement.AssertRefSnapshotId("dev", long.MaxValue), new TableRequirement.AssertLastAssignedFieldId(3), new TableRequirement.AssertCurrentSchemaId(1),
            new TableRequirement.AssertLastAssignedPartitionId(1000), new TableRequirement.AssertDefaultSpecId(2), new TableRequirement.AssertDefaultSortOrderId(4),
        ];
        TableUpdate[] updates =
        [
            new TableUpdate.AssignUuid(Guid.Parse("53c3688c-440a-450d-bce6-bd965b43af47")), new TableUpdate.UpgradeFormatVersion(3), new TableUpdate.AddSchema(TableFixture.Columns),
            new TableUpdate.SetCurrentSchema(TableUpdate.LastAdded), new TableUpdate.AddSpec(TableFixture.ByDay), new TableUpdate.SetDefaultSpec(7),
            new TableUpdate.AddSortOrder(new SortOrder(1, [new SortField([1], new Transform.Bucket(8), SortDirection.Descending, NullOrder.NullsLast)])), new TableUpdate.SetDefaultSortOrder(1),
            new TableUpdate.AddSnapshot(snapshot), new TableUpdate.AddSnapshot(snapshot with { SequenceNumber = 0, FirstRowId = null, AddedRows = null, KeyId = null }),
            new TableUpdate.SetSnapshotRef("dev", new SnapshotRef(5, SnapshotRefType.Branch) { MinSnapshotsToKeep = 2, MaxSnapshotAgeMs = 3, MaxRefAgeMs = 4 }),
            new TableUpdate.SetSnapshotRef("v1", new SnapshotRef(long.MaxValue, SnapshotRefType.Tag)), new TableUpdate.RemoveSnapshots([1, long.MaxValue]), new TableUpdate.RemoveSnapshotRef("dev"),
            new TableUpdate.SetLocation("s3://b/t"), new TableUpdate.SetProperties(new Dictionary<string, string> { ["a"] = "1" }), new TableUpdate.RemoveProperties(["b", "c"]),
            new TableUpdate.SetStatistics(new StatisticsFile(5, "s3://b/s.puffin", 100, 20, [new StatisticsBlob("t", 5, 9, [1]) { Properties = new Dictionary<string, string> { ["ndv"] = "3" } }])),
            new TableUpdate.RemoveStatistics(5), new TableUpdate.SetPartitionStatistics(new PartitionStatisticsFile(5, "s3://b/p", 7)), new TableUpdate.RemovePartitionStatistics(5),
            new TableUpdate.RemovePartitionSpecs([1, 2]), new TableUpdate.RemoveSchemas([3]), new TableUpdate.AddEncryptionKey(key), new TableUpdate.RemoveEncryptionKey("k"),
        ];
        Assert.Empty(CasesOf<TableRequirement>().Except(requirements.Select(r => r.GetType())));
        Assert.Empty(CasesOf<TableUpdate>().Except(updates.Select(u => u.GetType())));
        var commit = new TableCommit(Orders, requirements.ToEquatableList(), updates.ToEquatableList());

        var json = Write(commit);
        var read = CommitReader.Read(JsonDocument.Parse(json).RootElement, null);

        Assert.Equal(commit.Identifier, read.Identifier);
        Assert.Equal(commit.Requirements, read.Requirements);
        Assert.Equal(updates.Select(u => u.GetType()), read.Updates.Select(u => u.GetType()));
        Assert.Equal(json, Write(read)); // Dictionaries in records compare by reference: what they hold is in the text.
        Assert.Contains("\"s3://b/list \\\"q\\\" é.avro\"", json);
    }

    [Fact]
    public async Task A_table_that_did_not_change_costs_no_metadata()
    {
        await using var fixture = await RestFixture.StartAsync();
        await fixture.Catalog.CreateNamespaceAsync(Orders.Namespace, new Dictionary<string, string>(), Token);
        var created = await fixture.Catalog.CreateTableAsync(Orders, new TableCreation { Schema = TableFixture.Columns }, Token);

        var again = await fixture.Catalog.LoadTableAsync(Orders, Token);
        Assert.Same(created.Metadata, again.Metadata);
        Assert.NotSame(created, again); // Each caller moves a handle of its own.
        Assert.True(fixture.Server.Calls.Last().Headers.ContainsKey("If-None-Match"));

        await fixture.Behind.CommitAsync(new TableCommit(Orders, [], [new TableUpdate.SetProperties(new Dictionary<string, string> { ["a"] = "1" })]), Token);
        Assert.Equal("1", (await fixture.Catalog.LoadTableAsync(Orders, Token)).Metadata.Properties["a"]);
        await fixture.Behind.DropTableAsync(Orders, DropMode.KeepFiles, Token);
        Assert.Null(await fixture.Catalog.FindTableAsync(Orders, Token));
        Assert.Null(await fixture.Catalog.FindTableAsync(Orders, Token));
        Assert.False(fixture.Server.Calls.Last(c => c.Method == "GET").Headers.ContainsKey("If-None-Match"));
    }

    [Fact]
    public async Task Few_tables_are_remembered_when_the_options_say_so()
    {
        await using var fixture = await RestFixture.StartAsync(options: new() { ["rest-table-cache.max-entries"] = "1" });
        await fixture.Catalog.CreateNamespaceAsync(Orders.Namespace, new Dictionary<string, string>(), Token);
        await fixture.Catalog.CreateTableAsync(Orders, new TableCreation { Schema = TableFixture.Columns }, Token);
        await fixture.Catalog.CreateTableAsync(TableIdentifier.Parse("shop.items"), new TableCreation { Schema = TableFixture.Columns }, Token);

        await fixture.Catalog.LoadTableAsync(Orders, Token);

        Assert.False(fixture.Server.Calls.Last().Headers.ContainsKey("If-None-Match"));
    }

    [Fact]
    public async Task A_table_loaded_with_the_snapshots_of_its_references_is_changed_with_all_of_them()
    {
        await using var fixture = await RestFixture.StartAsync();
        await fixture.Catalog.CreateNamespaceAsync(Orders.Namespace, new Dictionary<string, string>(), Token);
        var table = await fixture.Catalog.CreateTableAsync(Orders, new TableCreation { Schema = TableFixture.Columns }, Token);
        for (var i = 0; i < 3; i++)
        {
            table = await AppendAsync(table, $"f{i}");
        }

        var light = (await fixture.Catalog.FindTableAsync(Orders, SnapshotLoading.Refs, Token))!;
        Assert.Equal(table.Metadata.CurrentSnapshotId, Assert.Single(light.Metadata.Snapshots).SnapshotId);
        Assert.Equal(["f0", "f1", "f2"], TableFixture.NamesOf(await TableFixture.EntriesAsync(light)));

        var committed = await AppendAsync(light, "f3");
        Assert.Equal(4, committed.Metadata.Snapshots.Count);
        Assert.Equal(4, (await fixture.Catalog.LoadTableAsync(Orders, Token)).Metadata.Snapshots.Count);
    }

    [Fact]
    public async Task Views_are_listed_and_refused_as_tables()
    {
        await using var fixture = await RestFixture.StartAsync();
        await fixture.Catalog.CreateNamespaceAsync(Orders.Namespace, new Dictionary<string, string>(), Token);
        var view = TableIdentifier.Parse("shop.v");
        fixture.Server.Handler.Views.Add(view);

        Assert.Equal([view], await fixture.Catalog.ListViewsAsync(Orders.Namespace, Token));
        Assert.Empty(await fixture.Catalog.ListTablesAsync(Orders.Namespace, Token));
        foreach (var act in new Func<Task>[] { async () => await fixture.Catalog.FindTableAsync(view, Token), async () => await fixture.Catalog.LoadTableAsync(view, Token) })
        {
            var error = await Assert.ThrowsAsync<ArcticException>(act);
            Assert.Equal(ErrorCodes.Unsupported, error.Code);
            Assert.Contains("'shop.v': it is a view", error.Message);
        }
    }

    [Fact]
    public async Task What_the_server_does_not_offer_is_not_asked_for()
    {
        await using var fixture = await RestFixture.StartAsync(new RestTestSettings { Endpoints = ["GET /v1/{prefix}/namespaces", "POST v1/{prefix}/namespaces", "GET v1/{prefix}/namespaces/{namespace}"] });
        var ns = Orders.Namespace;
        await fixture.Catalog.CreateNamespaceAsync(ns, new Dictionary<string, string>(), Token);

        foreach (var act in new Func<Task>[]
        {
            async () => await fixture.Catalog.RenameTableAsync(Orders, TableIdentifier.Parse("shop.x"), Token),
            async () => await fixture.Catalog.RegisterTableAsync(Orders, "memory:///x", Token),
            async () => await fixture.Catalog.UpdateNamespaceAsync(ns, new Dictionary<string, string> { ["a"] = "1" }, [], Token),
            async () => await fixture.Catalog.CommitAllAsync([new TableCommit(Orders, [], [])], Token),
        })
        {
            Assert.Equal(ErrorCodes.Unsupported, (await Assert.ThrowsAsync<ArcticException>(act)).Code);
        }

        Assert.Empty(await fixture.Catalog.ListViewsAsync(ns, Token));
        Assert.True(await fixture.Catalog.NamespaceExistsAsync(ns, Token)); // By GET.
        Assert.False(await fixture.Catalog.TableExistsAsync(Orders, Token));
        Assert.DoesNotContain(fixture.Server.Calls, c => c.Method == "HEAD");
    }

    [Fact]
    public async Task Outside_of_databases_there_are_no_tables()
    {
        await using var fixture = await RestFixture.StartAsync();
        var bare = TableIdentifier.Parse("orders");

        Assert.Null(await fixture.Catalog.FindTableAsync(bare, Token));
        Assert.Empty(await fixture.Catalog.ListTablesAsync(Namespace.Root, Token));
        Assert.Equal(ErrorCodes.UnknownName, (await Assert.ThrowsAsync<ArcticException>(async () => await fixture.Catalog.LoadTableAsync(bare, Token))).Code);
        var error = await Assert.ThrowsAsync<ArcticException>(async () => await fixture.Catalog.CreateTableAsync(bare, new TableCreation { Schema = TableFixture.Columns }, Token));
        Assert.Equal(ErrorCodes.InvalidStatement, error.Code);
    }

    [Fact]
    public async Task Writers_over_a_server_that_breaks_lose_nothing_and_repeat_nothing()
    {
        var seed = Random.Shared.Next();
        TestContext.Current.SendDiagnosticMessage("seed {0}", seed);
        var random = new Random(seed);
        await using var fixture = await RestFixture.StartAsync();
        await fixture.Catalog.CreateNamespaceAsync(Orders.Namespace, new Dictionary<string, string>(), Token);
        var patient = new Dictionary<string, string> { ["commit.retry.num-retries"] = "1000", ["commit.retry.min-wait-ms"] = "1", ["commit.retry.max-wait-ms"] = "20" };
        await fixture.Catalog.CreateTableAsync(Orders, new TableCreation { Schema = TableFixture.Columns, Properties = patient }, Token);
        fixture.Server.FaultOf = _ =>
        {
            int draw;
            RestFaultMoment moment;
            lock (random)
            {
                (draw, moment) = (random.Next(100), (RestFaultMoment)random.Next(2));
            }

            return draw switch
            {
                < 5 => new RestFault(moment, 0),
                < 8 => new RestFault(moment, 503),
                < 10 => new RestFault(moment, 500),
                < 12 => new RestFault(RestFaultMoment.BeforeEffect, 429),
                _ => null,
            };
        };

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 4).Select(w => Task.Run(() => WriteAsync(fixture, w))));

        fixture.Server.FaultOf = null;
        var table = await fixture.Behind.LoadTableAsync(Orders, Token);
        var names = TableFixture.NamesOf(await TableFixture.EntriesAsync(table)).ToList();
        var acknowledged = outcomes.SelectMany(o => o.Acknowledged).ToList();
        var doubtful = outcomes.SelectMany(o => o.Doubtful).ToList();
        Assert.Equal(names.Distinct(), names);
        Assert.Empty(acknowledged.Except(names));
        Assert.Empty(names.Except(acknowledged).Except(doubtful));
        Assert.Equal(names.Count, table.Metadata.Snapshots.Count);
        Assert.True(acknowledged.Count > 20, $"Of 40 commits only {acknowledged.Count} were acknowledged.");
    }

    private static async Task<(List<string> Acknowledged, List<string> Doubtful)> WriteAsync(RestFixture fixture, int writer)
    {
        await using var catalog = RestFixture.ClientOf(fixture.Server, new() { ["rest.client.max-retries"] = "20" }, new ObjectStoreProviderRouter(fixture.Store), TimeProvider.System, seed: writer);
        var (acknowledged, doubtful) = (new List<string>(), new List<string>());
        for (var i = 0; i < 10; i++)
        {
            var name = $"w{writer}-{i}";
            try
            {
                await AppendAsync(await catalog.LoadTableAsync(Orders, Token), name);
                acknowledged.Add(name);
            }
            catch (CommitOutcomeUnknownException)
            {
                doubtful.Add(name);
            }
            catch (ArcticException e) when (e.Code == ErrorCodes.StorageFailed || e.Code == ErrorCodes.ConnectionFailed)
            {
                // Not committed, and said so.
            }
        }

        return (acknowledged, doubtful);
    }

    private static async Task<Arctic.Iceberg.IcebergTable> AppendAsync(Arctic.Iceberg.IcebergTable table, string file)
    {
        var transaction = table.NewTransaction();
        transaction.FastAppend().Add(TableFixture.File(file));
        return await transaction.CommitAsync(Token);
    }

    private static IEnumerable<Type> CasesOf<T>() => typeof(T).GetNestedTypes().Where(t => t.IsSubclassOf(typeof(T)));

    private static string Write(TableCommit commit) => JsonText.Of(writer =>
    {
        writer.WriteStartObject();
        CommitJson.Write(writer, commit);
        writer.WriteEndObject();
    });
}
