using Arctic.Columnar.Errors;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Inspecting;

/// <summary>Finds the metadata tables of a table by the names that Iceberg's engines give them.</summary>
public static class MetadataTables
{
    private static readonly SortedDictionary<string, Func<IcebergTable, Snapshot?, MetadataTable>> Makers = new(StringComparer.Ordinal)
    {
        ["snapshots"] = (table, _) => new SnapshotsTable(table.Metadata),
        ["history"] = (table, _) => new HistoryTable(table.Metadata),
        ["refs"] = (table, _) => new RefsTable(table.Metadata),
        ["metadata_log_entries"] = (table, _) => new MetadataLogTable(table),
        ["manifests"] = ManifestsTable.Of,
        ["partitions"] = (table, snapshot) => PartitionsTable.Of(InspectedManifests.Of(table, snapshot)),
        ["entries"] = (table, snapshot) => EntriesTable.Of(InspectedManifests.Of(table, snapshot)),
        ["files"] = (table, snapshot) => FilesTable.Of(InspectedManifests.Of(table, snapshot), null),
        ["data_files"] = (table, snapshot) => FilesTable.Of(InspectedManifests.Of(table, snapshot), ManifestContent.Data),
        ["delete_files"] = (table, snapshot) => FilesTable.Of(InspectedManifests.Of(table, snapshot), ManifestContent.Deletes),
        ["all_manifests"] = (table, _) => ManifestsTable.All(table),
        ["all_entries"] = (table, _) => EntriesTable.Of(InspectedManifests.All(table)),
        ["all_files"] = (table, _) => FilesTable.Of(InspectedManifests.All(table), null),
        ["all_data_files"] = (table, _) => FilesTable.Of(InspectedManifests.All(table), ManifestContent.Data),
        ["all_delete_files"] = (table, _) => FilesTable.Of(InspectedManifests.All(table), ManifestContent.Deletes),
    };

    /// <summary>The names, in ordinal order: <c>snapshots</c>, <c>files</c>, <c>partitions</c> and so on.</summary>
    public static IReadOnlyCollection<string> Names => Makers.Keys;

    /// <summary>Opens a metadata table as of the current snapshot; nothing is read before its <see cref="MetadataTable.ReadAsync"/>.</summary>
    /// <param name="table">The table to look into.</param>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <exception cref="ArcticException"><c>UNKNOWN_NAME</c>.</exception>
    public static MetadataTable Open(IcebergTable table, string name) => Open(table, name, table.Metadata.CurrentSnapshot);

    /// <summary>Opens a metadata table as of a snapshot. Those that tell of all snapshots are the same as of any.</summary>
    /// <param name="table">The table to look into.</param>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="snapshot">One of the table's; null for the state before the first.</param>
    /// <exception cref="ArcticException"><c>UNKNOWN_NAME</c>.</exception>
    public static MetadataTable Open(IcebergTable table, string name, Snapshot? snapshot) =>
        Makers.TryGetValue(name, out var make) ? make(table.Pin(), snapshot) : throw new ArcticException(ErrorCodes.UnknownName, $"There is no metadata table '{name}'.")
        {
            Hint = NameSuggestion.For(name, Names.ToList()),
        };
}
