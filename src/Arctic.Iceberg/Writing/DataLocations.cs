using System.Globalization;
using Arctic.Columnar.Errors;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Partitioning;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg.Writing;

/// <summary>
/// Names the files of one piece of work below the table's data folder (<c>write.data.path</c>): <c>data/(partition)/00000-0-(uuid)-(number).parquet</c>.
/// Remembers the names, so that work that comes to nothing can be cleaned up. Not thread-safe.
/// </summary>
internal sealed class DataLocations
{
    private readonly TableMetadata _metadata;
    private readonly string _folder;
    private readonly string _uuid;
    private readonly List<string> _given = [];

    /// <param name="metadata">Says where the table's data goes.</param>
    /// <param name="environment">Gives the uuid.</param>
    public DataLocations(TableMetadata metadata, CommitEnvironment environment)
    {
        _metadata = metadata;
        _folder = metadata.Properties.GetValueOrDefault(TableProperties.DataPath) ?? ObjectLocation.Combine(metadata.Location, "data");
        _uuid = environment.NewUuid().ToString("D");
    }

    /// <summary>The location of the next file of a partition.</summary>
    /// <param name="ending">Such as <c>.parquet</c> or <c>-deletes.puffin</c>.</param>
    public string Next(PartitionSpec spec, PartitionTuple partition, string ending)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"00000-0-{_uuid}-{_given.Count + 1:00000}{ending}");
        var path = PartitionPath.Of(spec, _metadata.CurrentSchema, partition);
        var location = ObjectLocation.Combine(_folder, path.Length == 0 ? name : path + "/" + name);
        _given.Add(location);
        return location;
    }

    /// <summary>Deletes every file that was named, whether written or not. Only for work that certainly was not committed.</summary>
    public async ValueTask DeleteAllAsync(IObjectStore store)
    {
        foreach (var location in _given)
        {
            try
            {
                await store.DeleteAsync(location, CancellationToken.None).ConfigureAwait(false);
            }
            catch (ArcticException)
            {
                // A file that nobody names harms nobody; the removal of orphans finds it.
            }
        }

        _given.Clear();
    }
}
