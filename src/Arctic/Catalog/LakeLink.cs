using Arctic.Columnar.Errors;
using Arctic.Columnar.Options;
using Arctic.Sql.Catalog;

namespace Arctic.Catalog;

/// <summary>
/// A table of another catalog that stands for one of the lake: <c>CREATE TABLE … LIKE lake.db.t</c> makes it, to read the same rows with a watermark or computed columns of the session's own
/// (spec/arctic.md, C.3). It has no rows itself, and dropping it drops none.
/// </summary>
internal sealed record LakeLink
{
    private static readonly string[] Connectors = ["arctic", "mixed-format"];

    /// <summary>The catalog of the lake's table, by its name in this session.</summary>
    [Option("arctic.catalog", Aliases = ["mixed-format.catalog"])]
    public required string Catalog { get; init; }

    /// <summary>Its database.</summary>
    [Option("arctic.database", Aliases = ["mixed-format.database"])]
    public required string Database { get; init; }

    /// <summary>Its name.</summary>
    [Option("arctic.table", Aliases = ["mixed-format.table"])]
    public required string Table { get; init; }

    /// <summary>Whether a connector is the name of the lake itself.</summary>
    public static bool IsLake(string? connector) => connector is not null && Connectors.Contains(connector);

    /// <summary>The lake's table that a definition stands for, one of the lake itself too; null for any other.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.InvalidOption"/>: the connector is the lake's and a part of the name is missing.</exception>
    public static LakeLink? Find(TableDefinition table, CatalogRegistry catalogs)
    {
        if (IsLake(table.Connector))
        {
            return OptionReader.Read<LakeLink>(table.Options, $"table '{table.Path}'");
        }

        return table.Connector is null && catalogs.Find(table.Path.Catalog) is LakeCatalog ? new LakeLink { Catalog = table.Path.Catalog, Database = table.Path.Database, Table = table.Path.Name } : null;
    }

    /// <summary>A table like one of the lake, as one that stands for it: with the options that its own statement gave.</summary>
    public static TableDefinition Of(TableDefinition definition, ObjectPath lake, IEnumerable<KeyValuePair<string, string>> declared) => definition with
    {
        Options = new TableOptions(
        [
            KeyValuePair.Create("connector", Connectors[0]), KeyValuePair.Create("arctic.catalog", lake.Catalog), KeyValuePair.Create("arctic.database", lake.Database), KeyValuePair.Create("arctic.table", lake.Name),
            .. declared,
        ]),
    };

    /// <summary>Options without those that make the link.</summary>
    public static TableOptions Without(TableOptions options)
    {
        var own = OptionReader.OptionsOf(typeof(LakeLink)).SelectMany(o => o.Option.Aliases.Prepend(o.Option.Key)).Append("connector").ToHashSet();
        return options.Keys.Any(own.Contains) ? new TableOptions(options.Where(o => !own.Contains(o.Key))) : options;
    }
}
