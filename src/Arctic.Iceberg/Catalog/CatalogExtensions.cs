using Arctic.Columnar.Errors;

namespace Arctic.Iceberg.Catalog;

/// <summary>What every catalog can do with the calls of <see cref="IIcebergCatalog"/>.</summary>
public static class CatalogExtensions
{
    /// <summary>The table as it is now.</summary>
    /// <exception cref="ArcticException"><c>UNKNOWN_NAME</c>, with a suggestion.</exception>
    public static async ValueTask<IcebergTable> LoadTableAsync(this IIcebergCatalog catalog, TableIdentifier identifier, CancellationToken cancellationToken) =>
        await catalog.FindTableAsync(identifier, cancellationToken).ConfigureAwait(false)
        ?? throw await UnknownTableAsync(catalog, identifier, cancellationToken).ConfigureAwait(false);

    /// <summary>The error for a table that does not exist.</summary>
    internal static async ValueTask<ArcticException> UnknownTableAsync(this IIcebergCatalog catalog, TableIdentifier identifier, CancellationToken cancellationToken)
    {
        var exists = await catalog.FindNamespaceAsync(identifier.Namespace, cancellationToken).ConfigureAwait(false) is not null;
        var others = exists ? await catalog.ListTablesAsync(identifier.Namespace, cancellationToken).ConfigureAwait(false) : [];
        return new ArcticException(ErrorCodes.UnknownName, $"Catalog '{catalog.Name}' has no table '{identifier}'.")
        {
            Hint = exists ? NameSuggestion.For(identifier.Name, others.Select(t => t.Name)) : $"There is no database '{identifier.Namespace}' either.",
        };
    }

    /// <summary>The error for a namespace that does not exist.</summary>
    internal static ArcticException UnknownNamespace(this IIcebergCatalog catalog, Namespace ns) =>
        new(ErrorCodes.UnknownName, $"Catalog '{catalog.Name}' has no database '{ns}'.");
}
