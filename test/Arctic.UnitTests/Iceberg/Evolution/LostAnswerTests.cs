using System.Reflection;
using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;

namespace Arctic.UnitTests.Iceberg.Evolution;

/// <summary>A catalog that loses the answer to a commit: the transaction looks whether its changes are there.</summary>
public sealed class LostAnswerTests
{
    public static TheoryData<string> Changes => ["schema", "properties", "partitions", "references", "upgrade", "data", "staged"];

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task A_change_that_took_place_is_found(string change)
    {
        var table = await LosingAsync(takesPlace: true);

        var committed = await ChangeOf(table, change).CommitAsync();

        var current = (await table.LoadCurrentAsync(default)).Metadata;
        Assert.Equal(current.MetadataLog, committed.Metadata.MetadataLog);
        Assert.Equal(table.Metadata.MetadataLog.Count + 1, current.MetadataLog.Count);
    }

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task A_change_that_is_not_there_stays_unknown(string change)
    {
        var table = await LosingAsync(takesPlace: false);
        var transaction = ChangeOf(table, change);

        await Assert.ThrowsAsync<CommitOutcomeUnknownException>(async () => await transaction.CommitAsync());

        Assert.Equal(table.MetadataLocation, (await table.LoadCurrentAsync(default)).MetadataLocation);
    }

    private static Transaction ChangeOf(IcebergTable table, string change)
    {
        var transaction = table.NewTransaction();
        switch (change)
        {
            case "schema":
                transaction.UpdateSchema().AddColumn("extra", IcebergTypes.Int);
                break;
            case "properties":
                transaction.UpdateProperties().Set("a", "b");
                break;
            case "partitions":
                transaction.UpdatePartitionSpec().AddField("id", new Transform.Bucket(2));
                break;
            case "references":
                transaction.ManageSnapshots().CreateTag("t").SetMinSnapshotsToKeep("main", 2);
                break;
            case "upgrade":
                transaction.UpgradeFormatVersion(3);
                break;
            default:
                (change == "staged" ? transaction.Stage() : transaction).Append().Add(TableFixture.File("b"));
                break;
        }

        return transaction;
    }

    private static async Task<IcebergTable> LosingAsync(bool takesPlace)
    {
        var table = await EvolutionTables.CreateAsync(TableFixture.Columns, PartitionSpec.Unpartitioned, 2);
        var append = table.NewTransaction();
        append.Append().Add(TableFixture.File("a"));
        table = await append.CommitAsync();
        var catalog = DispatchProxy.Create<IIcebergCatalog, LosingCatalog>();
        ((LosingCatalog)catalog).Inner = table.Catalog;
        ((LosingCatalog)catalog).TakesPlace = takesPlace;
        return new IcebergTable(table.Identifier, table.Metadata, table.MetadataLocation, table.Store, catalog);
    }

    /// <summary>Passes everything on, but answers to commits are lost.</summary>
    public class LosingCatalog : DispatchProxy
    {
        public IIcebergCatalog Inner { get; set; } = null!;

        public bool TakesPlace { get; set; }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => targetMethod!.Name == nameof(IIcebergCatalog.CommitAsync)
            ? LoseAsync((TableCommit)args![0]!)
            : targetMethod.Invoke(Inner, args);

        private async ValueTask<IcebergTable> LoseAsync(TableCommit commit)
        {
            if (TakesPlace)
            {
                await Inner.CommitAsync(commit, default);
            }

            throw new CommitOutcomeUnknownException("Injected: the answer was lost.");
        }
    }
}
