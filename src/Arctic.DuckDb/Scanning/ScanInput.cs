using Arctic.Columnar;
using Arctic.Columnar.Types;

namespace Arctic.DuckDb.Scanning;

/// <summary>A relation of ours that DuckDB reads: as often as its plan scans it, each time from a fresh reader.</summary>
/// <param name="Schema">Types that <see cref="DuckColumnType"/> can hand over; DuckDB knows the columns as <c>c0</c>, <c>c1</c>, ….</param>
/// <param name="Open">Starts a fresh read of the columns at the given indices, in that order; batches are insert-only.</param>
internal sealed record ScanInput(RowSchema Schema, Func<IReadOnlyList<int>, CancellationToken, IAsyncEnumerable<ChangeBatch>> Open);
