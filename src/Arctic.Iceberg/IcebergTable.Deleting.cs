using System.Linq.Expressions;
using Arctic.Columnar.Errors;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg;

/// <content>Deleting and replacing rows.</content>
public sealed partial class IcebergTable
{
    /// <summary>
    /// Deletes the rows that a filter finds, in one commit: whole files where partitions and metrics prove that all their rows go, single rows as <c>write.delete.mode</c> says
    /// (<c>copy-on-write</c>, or <c>merge-on-read</c>). When others commit first it is planned anew. Then this handle stands at the version without them.
    /// </summary>
    /// <returns>The snapshot that was made; null when no row was found, which commits nothing.</returns>
    /// <exception cref="ArcticException">
    /// <c>UNKNOWN_NAME</c>, <c>TYPE_MISMATCH</c>, <c>UNSUPPORTED</c>: the filter does not fit the table; <c>INVALID_STATEMENT</c>: the table was opened without a catalog.
    /// </exception>
    /// <exception cref="CommitConflictException">Others were faster as often as it was tried. Nothing was deleted.</exception>
    /// <exception cref="CommitOutcomeUnknownException">Nobody knows whether the rows were deleted.</exception>
    /// <exception cref="OperationCanceledException">Nothing was deleted.</exception>
    public async ValueTask<Snapshot?> DeleteAsync(Filter filter, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(filter);

        // Deleting is replacing by nothing.
        var writer = NewWriter();
        await using var _ = writer.ConfigureAwait(false);
        return await writer.CommitInPlaceOfAsync(filter, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Deletes the rows for which a condition holds; as the other overload.</summary>
    public ValueTask<Snapshot?> DeleteAsync<T>(Expression<Func<T, bool>> where, CancellationToken cancellationToken = default) => DeleteAsync(Filter.Where(where), cancellationToken);

    /// <summary>
    /// Puts records in the place of the rows that a filter finds, in one commit: readers see the old rows or the new ones. The records need not be of the filter themselves;
    /// <see cref="Filter.All"/> replaces the whole table.
    /// </summary>
    /// <returns>The snapshot that was made; null when there were no records and no row was found.</returns>
    /// <exception cref="ArcticException">As of <see cref="DeleteAsync(Filter, CancellationToken)"/> and <see cref="AppendAsync{T}(IEnumerable{T}, CancellationToken)"/>. Nothing is left of the rows.</exception>
    public async ValueTask<Snapshot?> OverwriteAsync<T>(Filter filter, IEnumerable<T> rows, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        var writer = NewWriter();
        await using var _ = writer.ConfigureAwait(false);
        await writer.WriteAsync(rows, cancellationToken).ConfigureAwait(false);
        return await writer.CommitInPlaceOfAsync(filter, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Puts records in the place of the rows for which a condition holds; as the other overload.</summary>
    public ValueTask<Snapshot?> OverwriteAsync<T>(Expression<Func<T, bool>> where, IEnumerable<T> rows, CancellationToken cancellationToken = default) =>
        OverwriteAsync(Filter.Where(where), rows, cancellationToken);
}
