using Arctic.Iceberg.Spec;
using Arctic.Storage.Formats;

namespace Arctic.Iceberg.Scanning;

/// <summary>Reads data and delete files of one format. Several reads may be under way at once where the caller's bridge allows it.</summary>
internal interface IFormatReader
{
    /// <summary>Reads a file in the order of its rows; <see cref="FileBatch.FirstRow"/> is right also where rows were skipped.</summary>
    /// <returns>Batches whose fields carry ids; the consumer disposes each.</returns>
    IAsyncEnumerable<FileBatch> ReadAsync(FileReadRequest request, CancellationToken cancellationToken);
}

/// <summary>What to read of a file.</summary>
/// <param name="File">The file.</param>
/// <param name="FieldIds">The wanted fields, nested ones included; those that the file lacks are left out.</param>
/// <param name="Predicate">Stretches of rows that cannot fulfil it may be skipped; on columns of <paramref name="Schema"/>.</param>
/// <param name="Schema">Gives the types of the predicate's columns.</param>
internal sealed record FileReadRequest(DataFile File, IReadOnlySet<int> FieldIds, ScanPredicate Predicate, Schema Schema)
{
    /// <summary>Only what begins in these bytes is read; null for the whole file.</summary>
    public ByteRange? Range { get; init; }

    /// <summary>The wanted rows, ascending: stretches without any of them may be skipped. Null for all rows.</summary>
    public long[]? Positions { get; init; }
}
