using System.Linq.Expressions;
using Arctic.Columnar;
using Arctic.Columnar.Errors;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Scanning;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg;

/// <content>Reading rows.</content>
public sealed partial class IcebergTable
{
    /// <summary>Opens a table by its folder alone, wherever it was moved to, or by one of its metadata files. It can be read and not changed.</summary>
    /// <param name="location">A path or a location of the store.</param>
    /// <param name="store">Holds the files; null for local disks.</param>
    /// <exception cref="ArcticException"><c>OBJECT_NOT_FOUND</c>: there is no table; <c>STORAGE_REFUSED</c>: the store does not reach the location; <c>TABLE_CORRUPT</c>, <c>FORMAT_UNSUPPORTED</c>: its metadata cannot be read.</exception>
    public static ValueTask<IcebergTable> OpenAsync(string location, IObjectStore? store = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(location);
        return TableFolder.LoadMovedTableAsync(store ?? new LocalObjectStore(), location, cancellationToken);
    }

    /// <summary>A scan of this version of the table: for another snapshot, branch or time, for its plan, or for reading it in parts.</summary>
    public TableScan NewScan() => new(Store, Metadata);

    /// <summary>Reads this version of the table in batches of columns.</summary>
    /// <param name="columns">Their names, in the order wanted; null for all.</param>
    /// <param name="filter">Which rows; null for all.</param>
    /// <returns>Batches that the consumer disposes; a batch may have a selection of its rows.</returns>
    /// <exception cref="ArcticException"><c>UNKNOWN_NAME</c>: there is no such column.</exception>
    public IAsyncEnumerable<ChangeBatch> ScanAsync(IEnumerable<string>? columns = null, Filter? filter = null, CancellationToken cancellationToken = default)
    {
        var scan = columns is null ? NewScan() : NewScan().Select(columns);
        return (filter is null ? scan : scan.Where(filter)).ReadAsync(cancellationToken);
    }

    /// <summary>Reads this version of the table as records. Only the columns that are properties are read.</summary>
    /// <exception cref="ArcticException">
    /// <c>UNKNOWN_NAME</c> or <c>TYPE_MISMATCH</c>: the type does not fit the table; <c>EVALUATION_FAILED</c>: a property cannot hold a value that comes.
    /// </exception>
    public IAsyncEnumerable<T> ReadAsync<T>(CancellationToken cancellationToken = default) => NewScan().ReadAsync<T>(cancellationToken);

    /// <summary>Reads the records for which a condition holds; what it may be is said at <see cref="Filter.Where{T}"/>.</summary>
    /// <exception cref="ArcticException">As the other overload; <c>UNSUPPORTED</c>: a part of the condition cannot be computed from columns.</exception>
    public IAsyncEnumerable<T> ReadAsync<T>(Expression<Func<T, bool>> where, CancellationToken cancellationToken = default) => ReadAsync<T>(Filter.Where(where), cancellationToken);

    /// <summary>Reads the records for which a filter holds.</summary>
    /// <exception cref="ArcticException">As the other overload.</exception>
    public IAsyncEnumerable<T> ReadAsync<T>(Filter filter, CancellationToken cancellationToken = default) => NewScan().Where(filter).ReadAsync<T>(cancellationToken);

    /// <summary>A read of the rows that commits added and removed: from the first commit to the current one until it is narrowed.</summary>
    public ChangeScan NewChangeScan() => new(Store, Metadata);
}
