using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Partitioning;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Transactions;

/// <summary>
/// Replaces the order that new files are sorted in, by the columns that are named, most significant first; without any the table is not sorted. Files that are
/// there stay as they are. Conflicts only when another writer has replaced the order meanwhile.
/// </summary>
public sealed class ReplaceSortOrder : TransactionStep
{
    private readonly List<(string Column, Transform Transform, SortDirection Direction, NullOrder Nulls)> _fields = [];
    private readonly int _baseOrderId;

    internal ReplaceSortOrder(TableMetadata planned) => _baseOrderId = planned.DefaultSortOrderId;

    /// <summary>Sorts by a column, smallest first.</summary>
    /// <param name="column">The dotted name.</param>
    public ReplaceSortOrder Ascending(string column, NullOrder nulls = NullOrder.NullsFirst) => By(column, new Transform.Identity(), SortDirection.Ascending, nulls);

    /// <summary>Sorts by a column, greatest first.</summary>
    /// <param name="column">The dotted name.</param>
    public ReplaceSortOrder Descending(string column, NullOrder nulls = NullOrder.NullsLast) => By(column, new Transform.Identity(), SortDirection.Descending, nulls);

    /// <summary>Sorts by a function of a column.</summary>
    public ReplaceSortOrder By(string column, Transform transform, SortDirection direction, NullOrder nulls)
    {
        _fields.Add((column, transform, direction, nulls));
        return this;
    }

    internal override ValueTask ApplyAsync(CommitAttempt attempt, CancellationToken cancellationToken)
    {
        var found = attempt.Table.Metadata;
        if (found.DefaultSortOrderId != _baseOrderId)
        {
            throw new CommitConflictException(
                $"Cannot replace the sort order of '{attempt.Table.Identifier}': another writer has replaced it by order {found.DefaultSortOrderId} meanwhile. Load the table again and plan the change anew.");
        }

        attempt.Require(new TableRequirement.AssertDefaultSortOrderId(_baseOrderId));
        var order = new SortOrder(0, _fields.Select(f => FieldOf(attempt, f)).ToEquatableList());
        if (!order.Fields.Equals(attempt.Metadata.DefaultSortOrder.Fields))
        {
            attempt.Add(new TableUpdate.AddSortOrder(order));
            attempt.Add(new TableUpdate.SetDefaultSortOrder(TableUpdate.LastAdded));
        }

        return ValueTask.CompletedTask;
    }

    private static SortField FieldOf(CommitAttempt attempt, (string Column, Transform Transform, SortDirection Direction, NullOrder Nulls) wanted)
    {
        var schema = attempt.Metadata.CurrentSchema;
        var source = schema.FindField(wanted.Column)
            ?? throw new ArcticException(ErrorCodes.UnknownName, $"Cannot sort '{attempt.Table.Identifier}': it has no column '{wanted.Column}'.")
            {
                Hint = NameSuggestion.For(wanted.Column, schema.FieldIds.Select(id => schema.FindFullName(id)!)),
            };
        return TransformKernels.Accepts(wanted.Transform, source.Type) && wanted.Transform is not Transform.Void
            ? new SortField([source.Id], wanted.Transform, wanted.Direction, wanted.Nulls)
            : throw new ArcticException(
                ErrorCodes.InvalidStatement, $"Cannot sort '{attempt.Table.Identifier}': the transform '{wanted.Transform}' is not defined for the column '{wanted.Column}' of type '{source.Type}'.");
    }
}
