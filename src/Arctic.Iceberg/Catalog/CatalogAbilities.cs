namespace Arctic.Iceberg.Catalog;

/// <summary>What a catalog can do in which the name of a table says nothing of its place. Thread-safe.</summary>
public interface ITableNaming
{
    /// <summary>Gives a table another name, also in another namespace; its files stay where they are. Atomic.</summary>
    /// <exception cref="Columnar.Errors.ArcticException"><c>UNKNOWN_NAME</c>: no such table or no such namespace; <c>ALREADY_EXISTS</c>.</exception>
    ValueTask RenameTableAsync(TableIdentifier from, TableIdentifier to, CancellationToken cancellationToken);

    /// <summary>Gives a name to a table that exists as files. Two names for one table contradict each other with the first commit: forget the other one.</summary>
    /// <param name="metadataLocation">The metadata file that is to be current.</param>
    /// <exception cref="Columnar.Errors.ArcticException"><c>ALREADY_EXISTS</c>; <c>UNKNOWN_NAME</c> when the namespace does not exist.</exception>
    ValueTask<IcebergTable> RegisterTableAsync(TableIdentifier identifier, string metadataLocation, CancellationToken cancellationToken);
}

/// <summary>What a catalog can do that commits to several tables at once. Thread-safe.</summary>
public interface IMultiTableCatalog
{
    /// <summary>Applies the updates of all tables when the requirements of all hold: in one atomic step, or not at all. Each table may be named once.</summary>
    /// <exception cref="CommitConflictException">A requirement does not hold; nothing was changed.</exception>
    /// <exception cref="CommitOutcomeUnknownException">Nobody knows; nothing was deleted.</exception>
    ValueTask CommitAllAsync(IReadOnlyList<TableCommit> commits, CancellationToken cancellationToken);
}

/// <summary>What a catalog can do that knows of views. They cannot be read here, but are no free names either. Thread-safe.</summary>
public interface IViewCatalog
{
    /// <summary>The views of a namespace, in no particular order; none where the catalog knows no views.</summary>
    /// <exception cref="Columnar.Errors.ArcticException"><c>UNKNOWN_NAME</c>.</exception>
    ValueTask<IReadOnlyList<TableIdentifier>> ListViewsAsync(Namespace ns, CancellationToken cancellationToken);
}
