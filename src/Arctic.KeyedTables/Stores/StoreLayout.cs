using Arctic.Storage.ObjectStores;

namespace Arctic.KeyedTables.Stores;

/// <summary>Where the files of a store lie below its location.</summary>
internal static class StoreLayout
{
    /// <summary>The location of a data or delete file.</summary>
    /// <param name="location">The store's.</param>
    /// <param name="partitionPath">The text of the partition; empty for none.</param>
    public static string DataFile(string location, string partitionPath, string name) =>
        ObjectLocation.Combine(location, partitionPath.Length == 0 ? "data/" + name : $"data/{partitionPath}/{name}");

    /// <summary>The location of a marker's statistics file.</summary>
    public static string MarkerFile(string location, long snapshotId, Guid unique) =>
        ObjectLocation.Combine(location, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"data/puffin/{snapshotId}-{unique:D}.puffin"));
}
