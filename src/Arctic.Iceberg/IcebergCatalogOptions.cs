using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg;

/// <summary>What a catalog takes from outside. Every property has a default.</summary>
public sealed record IcebergCatalogOptions
{
    /// <summary>The catalog's name in messages.</summary>
    public string Name { get; init; } = "iceberg";

    /// <summary>Holds the files; null for local disks (of a memory catalog: for memory).</summary>
    public IObjectStore? Store { get; init; }

    /// <summary>Opens the files of a REST catalog's tables with what the server says of them, such as credentials; null when <see cref="Store"/> serves all.</summary>
    public IObjectStoreProvider? StoreProvider { get; init; }

    /// <summary>Gives timestamps, and waits between attempts to commit.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Gives snapshot ids, names of files and jitter; null for the system's entropy. A seeded one is for tests: two processes with one seed write over each other's files.</summary>
    public Random? Random { get; init; }
}
