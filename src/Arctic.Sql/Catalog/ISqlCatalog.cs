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

    /// <summary>Sets options of a database.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.UnknownName"/>.</exception>
    ValueTask AlterDatabaseAsync(string database, TableOptions options, CancellationToken cancellationToken);

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

/// <summary>The optional ability of a catalog to change its tables.</summary>
internal interface IAlterableCatalog
{
    /// <summary>Changes a table: whole, or not at all as far as readers can tell.</summary>
    /// <exception cref="ArcticException">
    /// <see cref="ErrorCodes.UnknownName"/>; <see cref="ErrorCodes.CommitConflict"/>: it is not as it was before any more; <see cref="ErrorCodes.Unsupported"/>, <see cref="ErrorCodes.InvalidStatement"/>: this catalog's
    /// tables cannot change so.
    /// </exception>
    ValueTask AlterTableAsync(TableAlteration alteration, CancellationToken cancellationToken);

    /// <summary>Gives a table another name in its database.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.UnknownName"/>; <see cref="ErrorCodes.AlreadyExists"/>; <see cref="ErrorCodes.Unsupported"/>.</exception>
    ValueTask RenameTableAsync(string database, string table, string newName, CancellationToken cancellationToken);
}

/// <summary>The optional ability of a catalog to know the partitions of its tables.</summary>
internal interface IPartitionCatalog
{
    /// <summary>The partitions of a table, each as <c>k=v/k=v</c>, ordered.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.UnknownName"/>; <see cref="ErrorCodes.InvalidStatement"/>: the table is not partitioned.</exception>
    ValueTask<IReadOnlyList<PartitionSpec>> ListPartitionsAsync(TableDefinition table, CancellationToken cancellationToken);
}

/// <summary>The optional ability of a catalog to have partitions declared, which know nothing of rows.</summary>
internal interface IDeclaredPartitions
{
    /// <summary>Declares a partition.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.AlreadyExists"/>.</exception>
    ValueTask AddPartitionAsync(TableDefinition table, PartitionSpec partition, CancellationToken cancellationToken);

    /// <summary>Takes a declaration away.</summary>
    /// <returns>False when there is none.</returns>
    ValueTask<bool> DropPartitionAsync(TableDefinition table, PartitionSpec partition, CancellationToken cancellationToken);
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

    /// <summary>Puts another view in the place of the one of its name.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.UnknownName"/>.</exception>
    ValueTask ReplaceViewAsync(ViewDefinition view, CancellationToken cancellationToken);

    /// <summary>Gives a view another name in its database.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.UnknownName"/>; <see cref="ErrorCodes.AlreadyExists"/>.</exception>
    ValueTask RenameViewAsync(string database, string view, string newName, CancellationToken cancellationToken);

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
