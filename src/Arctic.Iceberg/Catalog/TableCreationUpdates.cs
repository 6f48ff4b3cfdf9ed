using Arctic.Columnar.Errors;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;

namespace Arctic.Iceberg.Catalog;

/// <summary>A new table as the updates that make it from nothing (the "create transaction" of the REST catalog), and back.</summary>
internal static class TableCreationUpdates
{
    /// <summary>The updates that make a staged table.</summary>
    public static IEnumerable<TableUpdate> Of(TableMetadata staged)
    {
        yield return new TableUpdate.AssignUuid(staged.TableUuid!.Value); // A new table always has one.
        yield return new TableUpdate.UpgradeFormatVersion(staged.FormatVersion);
        yield return new TableUpdate.AddSchema(staged.CurrentSchema);
        yield return new TableUpdate.SetCurrentSchema(TableUpdate.LastAdded);
        yield return new TableUpdate.AddSpec(staged.DefaultSpec);
        yield return new TableUpdate.SetDefaultSpec(TableUpdate.LastAdded);
        yield return new TableUpdate.AddSortOrder(staged.DefaultSortOrder);
        yield return new TableUpdate.SetDefaultSortOrder(TableUpdate.LastAdded);
        yield return new TableUpdate.SetLocation(staged.Location);
        yield return new TableUpdate.SetProperties(staged.Properties);
    }

    /// <summary>The table that updates make from nothing.</summary>
    /// <exception cref="ArcticException"><c>INVALID_STATEMENT</c>: they lack what a table must have.</exception>
    public static TableMetadataBuilder ToBuilder(TableCommit commit, CommitEnvironment environment)
    {
        var updates = commit.Updates;
        var creation = new TableCreation
        {
            Schema = updates.OfType<TableUpdate.AddSchema>().FirstOrDefault()?.Schema ?? throw Missing(commit, "a schema"),
            PartitionSpec = updates.OfType<TableUpdate.AddSpec>().FirstOrDefault()?.Spec ?? PartitionSpec.Unpartitioned,
            SortOrder = updates.OfType<TableUpdate.AddSortOrder>().FirstOrDefault()?.SortOrder ?? SortOrder.Unsorted,
            Properties = updates.OfType<TableUpdate.UpgradeFormatVersion>().FirstOrDefault() is { } upgrade
                ? new Dictionary<string, string> { [TableProperties.FormatVersion] = upgrade.FormatVersion.ToString(System.Globalization.CultureInfo.InvariantCulture) }
                : new Dictionary<string, string>(),
        };
        var location = updates.OfType<TableUpdate.SetLocation>().FirstOrDefault()?.Location ?? throw Missing(commit, "a location");
        var uuid = updates.OfType<TableUpdate.AssignUuid>().FirstOrDefault()?.Uuid ?? environment.NewUuid();

        // What was taken already is found equal and reused; the rest, such as the first snapshot, is applied.
        return TableMetadataBuilder.Create(creation, location, uuid, environment.NowMs).Apply(updates);
    }

    private static ArcticException Missing(TableCommit commit, string what) => new(ErrorCodes.InvalidStatement, $"Cannot create '{commit.Identifier}': the commit has not {what}.");
}
