using Arctic.Columnar;

namespace Arctic.Iceberg.Scanning;

/// <summary>A row that a commit added or removed.</summary>
/// <param name="Kind"><see cref="RowKind.Insert"/> or <see cref="RowKind.Delete"/>.</param>
/// <param name="SnapshotId">What the commit made.</param>
/// <param name="Row">The row, as it came or went.</param>
public readonly record struct ChangedRow<T>(RowKind Kind, long SnapshotId, T Row);
