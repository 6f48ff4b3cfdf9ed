using Arctic.Columnar.Errors;

namespace Arctic.Sql.Catalog;

/// <summary>Where databases and tables are kept: SQL's port to the lake's catalogs. Safe for concurrent calls.</summary>
internal interface ISqlCatalog
{
    /// <summary>The name under which the session knows it.</summary>
    string Name { get; }

    /// <summary>The database that USE CATALOG makes current.</summary>
    string DefaultDatabase { get; }

    /// <summary>The names of all databases, ordered.</summary>
    ValueTask<IReadOnlyList<string>> ListDatabasesAsync(CancellationToken cancellationToken);

    /// <summary>Whether a database of that name is there.</summary>
    ValueTask<bool> HasDatabaseAsync(string database, CancellationToken cancellationToken);

    /// <summary>Makes a database.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.AlreadyExists"/>.</exception>
    ValueTask CreateDatabaseAsync(DatabaseDefinition database, CancellationToken cancellationToken);

    /// <summary>Removes a database.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.UnknownName"/>; <see cref="ErrorCodes.InvalidStatement"/>: it has tables and the behavior is RESTRICT.</exception>
    ValueTask DropDatabaseAsync(string database, DropBehavior behavior, CancellationToken cancellationToken);

    /// <summary>The names of the tables of a database, ordered, without views.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.UnknownName"/>: no such database.</exception>
    ValueTask<IReadOnlyList<string>> ListTablesAsync(string database, CancellationToken cancellationToken);

    /// <summary>A table; null when the table or its database does not exist.</summary>
    ValueTask<TableDefinition?> FindTableAsync(string database, string table, CancellationToken cancellationToken);

    /// <summary>Makes a table, atomically: of two callers one wins.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.AlreadyExists"/>; <see cref="ErrorCodes.UnknownName"/>: no such database; <see cref="ErrorCodes.Unsupported"/>: the catalog cannot keep such a table.</exception>
    ValueTask CreateTableAsync(TableDefinition table, CancellationToken cancellationToken);

    /// <summary>Removes a table with its data.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.UnknownName"/>.</exception>
    ValueTask DropTableAsync(string database, string table, CancellationToken cancellationToken);
}

/// <summary>The optional ability of a catalog to keep views.</summary>
internal interface IViewCatalog
{
    /// <summary>The names of the views of a database, ordered.</summary>
    ValueTask<IReadOnlyList<string>> ListViewsAsync(string database, CancellationToken cancellationToken);

    /// <summary>A view; null when there is none of that name.</summary>
    ValueTask<ViewDefinition?> FindViewAsync(string database, string view, CancellationToken cancellationToken);

    /// <summary>Makes a view.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.AlreadyExists"/>; <see cref="ErrorCodes.UnknownName"/>: no such database.</exception>
    ValueTask CreateViewAsync(ViewDefinition view, CancellationToken cancellationToken);

    /// <summary>Removes a view.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.UnknownName"/>.</exception>
    ValueTask DropViewAsync(string database, string view, CancellationToken cancellationToken);
}

/// <summary>What CREATE DATABASE says.</summary>
internal sealed record DatabaseDefinition(string Name, string? Comment, TableOptions Options);

/// <summary>What DROP DATABASE does with tables that are still there.</summary>
internal enum DropBehavior
{
    /// <summary>Refuses.</summary>
    Restrict,

    /// <summary>Drops them too.</summary>
    Cascade,
}
