using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Writing;

/// <summary>The files of a <see cref="RowDeltaWriter"/>, ready for <see cref="Transactions.RowDelta.Add"/>.</summary>
/// <param name="Rows">Data files.</param>
/// <param name="Deletes">Equality deletes; position deletes or deletion vectors of <paramref name="Rows"/>.</param>
public sealed record RowDeltaFiles(IReadOnlyList<DataFile> Rows, IReadOnlyList<DataFile> Deletes)
{
    /// <summary>The specs of the data files that deletes by partition reach; null when they reach all.</summary>
    internal IReadOnlySet<int>? SpecsReached { get; init; }
}
