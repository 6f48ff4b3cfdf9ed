using Arctic.Columnar.Options;

namespace Arctic.Catalog;

/// <summary>The options of <c>CREATE CATALOG … WITH ('type' = 'arctic', …)</c>.</summary>
public sealed record LakeCatalogOptions
{
    /// <summary><c>arctic</c>; <c>mixed_iceberg</c> means the same.</summary>
    [Option("type")]
    public required string Type { get; init; }

    /// <summary>The folder below which databases and tables lie: a path or a URI. Of a REST catalog, the name or location that the server knows, which may be left out.</summary>
    [Option("warehouse")]
    public string? Warehouse { get; init; }

    /// <summary>The database that USE CATALOG makes current.</summary>
    [Option("default-database")]
    public string DefaultDatabase { get; init; } = "default";

    /// <summary>The kind of the Iceberg catalog behind it: <c>hadoop</c>, a catalog in the file system, or <c>rest</c>, which takes the options of <see cref="Iceberg.Catalog.Rest.RestCatalogOptions"/> too.</summary>
    [Option("catalog-type")]
    public string CatalogType { get; init; } = "hadoop";

    /// <summary>Accepted for scripts of the original; there is one version.</summary>
    [Option("property-version")]
    public string PropertyVersion { get; init; } = "1";

    /// <summary>Accepted for scripts of the original; metadata is never cached beyond a statement.</summary>
    [Option("cache-enabled")]
    public bool CacheEnabled { get; init; }

    /// <summary>The memory that optimizing one table may take, for the deletes of a bucket and the rows that wait to be written.</summary>
    [Option("arctic.optimize.memory-limit")]
    public ByteSize OptimizeMemoryLimit { get; init; } = new(1L << 30);

    /// <summary>What stands around <c>change</c> in the names of change stores.</summary>
    [Option("mixed-format.table.change-store.separator")]
    public string ChangeStoreSeparator { get; init; } = "_";
}
