using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;

namespace Arctic.Iceberg.Catalog;

/// <summary>Knows where tables are, and swaps their metadata atomically. Thread-safe.</summary>
public interface IIcebergCatalog
{
    /// <summary>The name for messages.</summary>
    string Name { get; }

    /// <summary>Time and randomness of the commits of its tables.</summary>
    CommitEnvironment Environment { get; }

    /// <summary>
    /// Whether a commit with a base takes place on exactly that base. Where it is false (the REST protocol has no such requirement) the base counts as far as
    /// requirements can tell: another writer's change of properties alone goes unseen.
    /// </summary>
    bool PinsCommitBase { get; }

    /// <summary>The namespaces directly below one, in no particular order.</summary>
    ValueTask<IReadOnlyList<Namespace>> ListNamespacesAsync(Namespace parent, CancellationToken cancellationToken);

    /// <summary>A namespace's properties; null when it does not exist.</summary>
    ValueTask<IReadOnlyDictionary<string, string>?> FindNamespaceAsync(Namespace ns, CancellationToken cancellationToken);

    /// <summary>Creates a namespace.</summary>
    /// <exception cref="Columnar.Errors.ArcticException"><c>ALREADY_EXISTS</c>.</exception>
    ValueTask CreateNamespaceAsync(Namespace ns, IReadOnlyDictionary<string, string> properties, CancellationToken cancellationToken);

    /// <summary>Sets and removes properties of a namespace; removing one that is not there does nothing. Idempotent.</summary>
    /// <exception cref="Columnar.Errors.ArcticException"><c>UNKNOWN_NAME</c>; <c>INVALID_STATEMENT</c> when a property is both set and removed.</exception>
    ValueTask UpdateNamespaceAsync(Namespace ns, IReadOnlyDictionary<string, string> updates, IReadOnlyCollection<string> removals, CancellationToken cancellationToken);

    /// <summary>Drops an empty namespace.</summary>
    /// <exception cref="Columnar.Errors.ArcticException"><c>UNKNOWN_NAME</c>; <c>INVALID_STATEMENT</c> when it holds tables or namespaces.</exception>
    ValueTask DropNamespaceAsync(Namespace ns, CancellationToken cancellationToken);

    /// <summary>The tables of a namespace, in no particular order.</summary>
    /// <exception cref="Columnar.Errors.ArcticException"><c>UNKNOWN_NAME</c>.</exception>
    ValueTask<IReadOnlyList<TableIdentifier>> ListTablesAsync(Namespace ns, CancellationToken cancellationToken);

    /// <summary>Creates an empty table.</summary>
    /// <exception cref="Columnar.Errors.ArcticException"><c>ALREADY_EXISTS</c>; <c>UNKNOWN_NAME</c> when the namespace does not exist.</exception>
    ValueTask<IcebergTable> CreateTableAsync(TableIdentifier identifier, TableCreation creation, CancellationToken cancellationToken);

    /// <summary>
    /// Prepares a table that nobody sees before the first transaction of what this returns is committed: the table and its first rows appear at once, or neither does.
    /// A table that is never committed leaves nothing behind but the files that were written for it.
    /// </summary>
    /// <exception cref="Columnar.Errors.ArcticException"><c>ALREADY_EXISTS</c>; <c>UNKNOWN_NAME</c> when the namespace does not exist.</exception>
    ValueTask<IcebergTable> StageTableAsync(TableIdentifier identifier, TableCreation creation, CancellationToken cancellationToken);

    /// <summary>The table as it is now; null when there is none.</summary>
    ValueTask<IcebergTable?> FindTableAsync(TableIdentifier identifier, CancellationToken cancellationToken);

    /// <summary>Forgets a table and, when asked, deletes its files.</summary>
    /// <exception cref="Columnar.Errors.ArcticException">
    /// <c>UNKNOWN_NAME</c>; <c>UNSUPPORTED</c>: the catalog cannot forget a table without its files; <c>INVALID_STATEMENT</c>: other tables may use its files (<c>gc.enabled</c>).
    /// </exception>
    ValueTask DropTableAsync(TableIdentifier identifier, DropMode mode, CancellationToken cancellationToken);

    /// <summary>
    /// Applies updates when all requirements hold: both in one atomic step, or not at all. With <see cref="TableRequirement.AssertCreate"/> the updates make the table.
    /// </summary>
    /// <returns>The table after the commit.</returns>
    /// <exception cref="CommitConflictException">A requirement does not hold; nothing was changed.</exception>
    /// <exception cref="CommitOutcomeUnknownException">Nobody knows; nothing was deleted.</exception>
    ValueTask<IcebergTable> CommitAsync(TableCommit commit, CancellationToken cancellationToken);
}

/// <summary>What a new table is to be.</summary>
public sealed partial record TableCreation
{
    /// <summary>The columns, with the field ids that they keep; the table starts with schema id 0.</summary>
    public required Schema Schema { get; init; }

    /// <summary>How rows are split into partitions; not at all by default. Its source ids are those of <see cref="Schema"/>.</summary>
    public PartitionSpec PartitionSpec { get; init; } = PartitionSpec.Unpartitioned;

    /// <summary>How rows are sorted inside files; not at all by default. Its source ids are those of <see cref="Schema"/>.</summary>
    public SortOrder SortOrder { get; init; } = SortOrder.Unsorted;

    /// <summary>The table's properties; the keys are Iceberg's.</summary>
    public IReadOnlyDictionary<string, string> Properties { get; init; } = new Dictionary<string, string>();

    /// <summary>The folder; null for the catalog's own choice.</summary>
    public string? Location { get; init; }

    /// <summary>From the property <c>format-version</c>; 2 when it is absent.</summary>
    public int FormatVersion => TableProperties.ReadInt(Properties, TableProperties.FormatVersion, 2);
}

/// <summary>A change of one table.</summary>
public sealed record TableCommit(TableIdentifier Identifier, EquatableList<TableRequirement> Requirements, EquatableList<TableUpdate> Updates)
{
    /// <summary>
    /// The metadata file that the commit was made from: when it is given, the commit takes place on exactly that one or conflicts. Null leaves it to the
    /// requirements.
    /// </summary>
    public string? BaseMetadataLocation { get; init; }

    /// <summary>The content of that file, for catalogs that must turn the base into requirements; null when only the location is known.</summary>
    public TableMetadata? BaseMetadata { get; init; }

    /// <summary>Whether the updates are to make a new table.</summary>
    internal bool CreatesTable => Requirements.Any(r => r is TableRequirement.AssertCreate);
}

/// <summary>What becomes of a dropped table's files.</summary>
public enum DropMode
{
    /// <summary>They are left; a file-system catalog, to which the folder is the table, refuses.</summary>
    KeepFiles,

    /// <summary>All files below the table's folder are deleted.</summary>
    DeleteFiles,
}
