using Arctic.Columnar;

namespace Arctic.Streams;

/// <summary>A row with what happens to it: it comes (<c>+I</c>), is taken back for its successor (<c>-U</c>), succeeds (<c>+U</c>), or goes (<c>-D</c>).</summary>
/// <param name="Kind">What happens.</param>
/// <param name="Row">The row; in front of a <c>-U</c> or <c>-D</c> as it was before.</param>
public readonly record struct Change<T>(RowKind Kind, T Row);
