namespace Arctic.Sql.Catalog;

/// <summary>The full name of a table or view; parts are compared case-sensitively.</summary>
/// <param name="Name">May hold dots where a catalog offers tables within tables (<c>orders.change</c>).</param>
internal sealed record ObjectPath(string Catalog, string Database, string Name)
{
    /// <summary><c>catalog.database.name</c>, as messages print it.</summary>
    public override string ToString() => $"{Catalog}.{Database}.{Name}";
}

/// <summary>The full name of a database.</summary>
internal sealed record DatabasePath(string Catalog, string Database)
{
    /// <summary><c>catalog.database</c>, as messages print it.</summary>
    public override string ToString() => $"{Catalog}.{Database}";
}
