using Arctic.Columnar.Errors;
using Arctic.Storage.ObjectStores;

namespace Arctic.Cli.Commands;

/// <summary>The catalog that a command opens for <c>--warehouse</c>.</summary>
internal static class CatalogScript
{
    /// <summary>What it is called in the session.</summary>
    public const string Name = "__warehouse";

    /// <summary>Opens a warehouse as catalog <see cref="Name"/>.</summary>
    /// <exception cref="ArcticException"><c>OBJECT_NOT_FOUND</c>: there is no such folder.</exception>
    public static async Task OpenWarehouseAsync(Session session, string warehouse, CancellationToken cancellationToken)
    {
        if (ObjectLocation.SchemeOf(warehouse) == "file" && !Directory.Exists(ObjectLocation.LocalPathOf(warehouse)))
        {
            throw new ArcticException(ErrorCodes.ObjectNotFound, $"The warehouse folder '{warehouse}' does not exist.");
        }

        await using var result = await session.ExecuteAsync($"CREATE CATALOG `{Name}` WITH ('type'='arctic','warehouse'={Quote(warehouse)})", cancellationToken);
    }

    /// <summary>An error in words that the user wrote, who gave no name to the catalog.</summary>
    public static ArcticException InUsersWords(ArcticException error, string warehouse) => new(
        error.Code,
        error.Message.Replace($"Catalog '{Name}'", $"The warehouse '{warehouse}'", StringComparison.Ordinal).Replace($"'{Name}.", "'", StringComparison.Ordinal),
        error)
    {
        Hint = error.Hint?.Replace($"catalog '{Name}'", "the warehouse", StringComparison.Ordinal),
        Position = error.Position,
    };

    /// <summary>The text as a literal of SQL.</summary>
    public static string Quote(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
