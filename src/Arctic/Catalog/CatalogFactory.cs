using Arctic.Columnar.Errors;
using Arctic.Columnar.Options;
using Arctic.Iceberg.Catalog.Rest;
using Arctic.Sql.Catalog;
using Arctic.Sql.Syntax;
using Arctic.Storage.S3;

namespace Arctic.Catalog;

/// <summary>Makes the catalogs that CREATE CATALOG names.</summary>
internal static class CatalogFactory
{
    private static readonly string[] Types = ["arctic", "mixed_iceberg", "generic_in_memory"];

    /// <summary>The catalog of a statement; nothing is written.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.InvalidOption"/>.</exception>
    public static ValueTask<ISqlCatalog> CreateAsync(Statement.CreateCatalog statement, SessionContext context, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var name = statement.Name.Name;
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var option in statement.Options)
        {
            options[option.Key] = option.Value;
        }

        var type = options.GetValueOrDefault("type")
            ?? throw new ArcticException(ErrorCodes.InvalidOption, $"Option 'type' is missing for catalog '{name}'.") { Hint = "WITH ('type' = 'arctic', 'warehouse' = '…')", Position = statement.Position };
        switch (type)
        {
            case "arctic" or "mixed_iceberg":
                var subject = $"catalog '{name}'";
                var isRest = options.GetValueOrDefault("catalog-type") == LakeCatalog.RestType;
                OptionReader.RefuseUnknown(options, isRest ? ["properties.", "header."] : ["properties."], subject, [typeof(LakeCatalogOptions), typeof(S3Options), .. isRest ? new[] { typeof(RestCatalogOptions) } : []]);
                return ValueTask.FromResult<ISqlCatalog>(LakeCatalog.Open(name, OptionReader.Read<LakeCatalogOptions>(options, subject), options, context));
            case "generic_in_memory":
                return ValueTask.FromResult<ISqlCatalog>(new MemoryCatalog(name, options.GetValueOrDefault("default-database", "default")));
            default:
                throw new ArcticException(ErrorCodes.InvalidOption, $"Unknown type '{type}' for catalog '{name}'. Known types: {string.Join(", ", Types)}.") { Hint = NameSuggestion.For(type, Types), Position = statement.Position };
        }
    }
}
