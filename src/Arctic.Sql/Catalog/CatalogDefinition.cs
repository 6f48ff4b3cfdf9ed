namespace Arctic.Sql.Catalog;

/// <summary>What CREATE CATALOG said, as ALTER CATALOG has changed it since.</summary>
internal sealed record CatalogDefinition(string Name, TableOptions Options)
{
    /// <summary>COMMENT; null for none.</summary>
    public string? Comment { get; init; }
}
