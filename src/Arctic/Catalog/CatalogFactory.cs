using Arctic.Columnar.Errors;
using Arctic.Columnar.Options;
using Arctic.Iceberg.Catalog.Rest;
using Arctic.Sql.Catalog;
using Arctic.Storage.S3;

namespace Arctic.Catalog;

/// <summary>Makes the catalogs that CREATE CATALOG names.</summary>
internal static class CatalogFactory
{
    private static readonly string[] Types = ["arctic", "mixed_iceberg", "generic_in_memory"];
    private static readonly Type[] OptionTypes = [typeof(LakeCatalogOptions), typeof(S3Options), typeof(RestCatalogOptions)];

    /// <summary>The catalog of a definition; nothing is written.</summary>
    /// <param name="position">Where the statement stands.</param>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.InvalidOption"/>.</exception>
    public static ISqlCatalog Create(CatalogDefinition definition, SourcePosition position, SessionContext context)
    {
        var (name, options) = (definition.Name, definition.Options);
        var type = options.Find("type")
            ?? throw new ArcticException(ErrorCodes.InvalidOption, $"Option 'type' is missing for catalog '{name}'.") { Hint = "WITH ('type' = 'arctic', 'warehouse' = '…')", Position = position };
        switch (type)
        {
            case "arctic" or "mixed_iceberg":
                var subject = $"catalog '{name}'";
                var isRest = options.Find("catalog-type") == LakeCatalog.RestType;
                OptionReader.RefuseUnknown(options, isRest ? ["properties.", "header."] : ["properties."], subject, isRest ? OptionTypes : [typeof(LakeCatalogOptions), typeof(S3Options)]);
                return LakeCatalog.Open(name, OptionReader.Read<LakeCatalogOptions>(options, subject), options, context);
            case "generic_in_memory":
                return new MemoryCatalog(name, options.Find("default-database") ?? "default");
            default:
                throw new ArcticException(ErrorCodes.InvalidOption, $"Unknown type '{type}' for catalog '{name}'. Known types: {string.Join(", ", Types)}.") { Hint = NameSuggestion.For(type, Types), Position = position };
        }
    }

    /// <summary>The options for everybody to see: secrets, and headers that may hold one, are not shown.</summary>
    public static TableOptions Shown(TableOptions options)
    {
        var secrets = OptionTypes.SelectMany(OptionReader.OptionsOf).Where(o => o.Option.IsSecret).SelectMany(o => o.Option.Aliases.Prepend(o.Option.Key)).ToHashSet();
        return new TableOptions(options.Select(o => secrets.Contains(o.Key) || o.Key.StartsWith("header.", StringComparison.Ordinal) ? KeyValuePair.Create(o.Key, "***") : o));
    }
}
