using Arctic.Iceberg.Scanning;

namespace Arctic.Iceberg;

public sealed partial class IcebergTable
{
    /// <summary>A read of the rows that commits added and removed: from the first commit to the current one until it is narrowed.</summary>
    public ChangeScan NewChangeScan() => new(Store, Metadata);

    /// <summary>A handle at this version that nothing moves, without a catalog.</summary>
    internal IcebergTable Pin()
    {
        var version = _version;
        return new IcebergTable(Identifier, version.Metadata, version.Location, Store, null);
    }
}
