using Arctic.Columnar;

namespace Arctic.Storage.Formats;

/// <summary>Rows of a file. Dispose it, or its batch.</summary>
/// <param name="Batch">The columns that were asked for, in file order.</param>
/// <param name="FirstRow">The 0-based position in the file of the batch's first row; the others follow.</param>
/// <param name="Fields">What the columns are, ids included.</param>
internal sealed record FileBatch(ChangeBatch Batch, long FirstRow, IReadOnlyList<FileField> Fields) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Batch.Dispose();
}
