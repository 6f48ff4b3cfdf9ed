namespace Arctic.Cli.Commands;

/// <summary>The catalog that a command opens for <c>--warehouse</c>.</summary>
internal static class CatalogScript
{
    /// <summary>What it is called in the session.</summary>
    public const string Name = "lake";

    /// <summary>Opens a warehouse as catalog <see cref="Name"/>.</summary>
    public static async Task OpenWarehouseAsync(Session session, string warehouse, CancellationToken cancellationToken)
    {
        await using var result = await session.ExecuteAsync($"CREATE CATALOG {Name} WITH ('type'='arctic','warehouse'={Quote(warehouse)})", cancellationToken);
    }

    /// <summary>The text as a literal of SQL.</summary>
    public static string Quote(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
