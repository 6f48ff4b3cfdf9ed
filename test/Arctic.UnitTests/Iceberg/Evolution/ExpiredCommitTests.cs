using System.Reflection;
using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;

namespace Arctic.UnitTests.Iceberg.Evolution;

/// <summary>A commit that is told that the table had changed, while others expire the snapshots that would tell what became of it.</summary>
public sealed class ExpiredCommitTests
{
    private const int Retries = 4;

    [Theory]
    [InlineData(1, Retries)]
    [InlineData(2, Retries)]
    [InlineData(3, Retries)]
    [InlineData(1, 0)]
    [InlineData(2, 0)]
    public async Task A_commit_that_took_place_and_has_expired_is_not_made_again(int formatVersion, int retries)
    {
        var denying = await DenyingAsync(formatVersion, retries, logged: 100);
        denying.TakesPlace = true;
        denying.Meanwhile = table => AppendAndExpireAsync(table, appends: 3);

        var committed = await AppendAsync(denying.Table, "ours");

        Assert.Equal(["a", "other0", "other1", "other2", "ours"], await FilesAsync(denying.Table));
        Assert.Equal((await denying.Table.LoadCurrentAsync(default)).MetadataLocation, committed.MetadataLocation);
        Assert.Equal(1, denying.Commits);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_commit_that_did_not_take_place_is_made_though_what_overtook_it_has_expired(int formatVersion)
    {
        var denying = await DenyingAsync(formatVersion, Retries, logged: 100);
        denying.Meanwhile = table => AppendAndExpireAsync(table, appends: 3);

        await AppendAsync(denying.Table, "ours");

        Assert.Equal(["a", "other0", "other1", "other2", "ours"], await FilesAsync(denying.Table));
        Assert.Equal(2, denying.Commits);
    }

    [Theory]
    [InlineData(true, Retries)]
    [InlineData(false, Retries)]
    [InlineData(true, 0)]
    [InlineData(false, 0)]
    public async Task Where_the_log_of_metadata_has_expired_too_the_outcome_is_unknown_and_nothing_is_deleted(bool takesPlace, int retries)
    {
        var denying = await DenyingAsync(2, retries, logged: 1);
        denying.TakesPlace = takesPlace;
        denying.Meanwhile = async table =>
        {
            await AppendAndExpireAsync(table, appends: 3);
            await AppendAsync(table, "other3");
        };

        var error = await Assert.ThrowsAsync<CommitOutcomeUnknownException>(async () => await AppendAsync(denying.Table, "ours"));

        Assert.Contains("'db.t'", error.Message);
        Assert.Contains("expired", error.Message);
        Assert.Equal(takesPlace ? ["a", "other0", "other1", "other2", "other3", "ours"] : ["a", "other0", "other1", "other2", "other3"], await FilesAsync(denying.Table));
        Assert.Equal(1, denying.Commits);
    }

    [Fact]
    public async Task A_short_log_is_enough_when_it_begins_before_the_commit()
    {
        var denying = await DenyingAsync(2, Retries, logged: 4);
        denying.Meanwhile = table => AppendAndExpireAsync(table, appends: 3);

        await AppendAsync(denying.Table, "ours");

        Assert.Equal(["a", "other0", "other1", "other2", "ours"], await FilesAsync(denying.Table));
    }

    private static async Task AppendAndExpireAsync(IcebergTable table, int appends)
    {
        for (var i = 0; i < appends; i++)
        {
            table = await AppendAsync(table, $"other{i}");
        }

        var transaction = table.NewTransaction();
        transaction.ExpireSnapshots().OlderThan(DateTimeOffset.MaxValue).RetainLast(1);
        Assert.Single((await transaction.CommitAsync()).Metadata.Snapshots);
    }

    private static async Task<IcebergTable> AppendAsync(IcebergTable table, string name)
    {
        var transaction = table.NewTransaction();
        transaction.FastAppend().Add(TableFixture.File(name));
        return await transaction.CommitAsync();
    }

    private static async Task<IEnumerable<string>> FilesAsync(IcebergTable table)
    {
        var names = new List<string>();
        var current = await table.LoadCurrentAsync(default);
        foreach (var manifest in await current.ReadManifestsAsync(current.Metadata.CurrentSnapshot!, default))
        {
            await foreach (var entry in current.ReadEntriesAsync(manifest, Arctic.Iceberg.Spec.Manifests.ManifestReadOptions.WithoutMetrics, default))
            {
                names.Add(entry.File.FilePath[(entry.File.FilePath.LastIndexOf('/') + 1)..]);
            }
        }

        return names.Order(StringComparer.Ordinal);
    }

    private static async Task<DenyingCatalog> DenyingAsync(int formatVersion, int retries, int logged)
    {
        var table = await EvolutionTables.CreateAsync(
            TableFixture.Columns,
            PartitionSpec.Unpartitioned,
            formatVersion,
            ("commit.retry.num-retries", $"{retries}"),
            ("commit.retry.min-wait-ms", "0"),
            ("write.metadata.previous-versions-max", $"{logged}"));
        table = await AppendAsync(table, "a");
        var catalog = DispatchProxy.Create<IIcebergCatalog, DenyingCatalog>();
        var denying = (DenyingCatalog)catalog;
        denying.Inner = table.Catalog;
        denying.Table = new IcebergTable(table.Identifier, table.Metadata, table.MetadataLocation, table.Store, catalog);
        return denying;
    }

    /// <summary>Passes everything on, but says of the first commit that it was overtaken.</summary>
    public class DenyingCatalog : DispatchProxy
    {
        public IIcebergCatalog Inner { get; set; } = null!;

        public bool TakesPlace { get; set; }

        public int Commits { get; private set; }

        internal IcebergTable Table { get; set; } = null!;

        internal Func<IcebergTable, Task> Meanwhile { get; set; } = null!;

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => targetMethod!.Name == nameof(IIcebergCatalog.CommitAsync)
            ? CommitAsync((TableCommit)args![0]!)
            : targetMethod.Invoke(Inner, args);

        private async ValueTask<IcebergTable> CommitAsync(TableCommit commit)
        {
            if (Commits++ > 0)
            {
                return await Inner.CommitAsync(commit, default);
            }

            if (TakesPlace)
            {
                await Inner.CommitAsync(commit, default);
            }

            await Meanwhile(await Inner.LoadTableAsync(commit.Identifier, default));
            throw new CommitConflictException("Injected: the table has changed.");
        }
    }
}
