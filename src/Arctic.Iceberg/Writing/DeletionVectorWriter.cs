using System.Globalization;
using Arctic.Iceberg.Puffin;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg.Writing;

/// <summary>
/// Writes deletion vectors (v3), many to a Puffin file; a file is closed when it reaches its size. Not thread-safe. A file under way leaves nothing behind when the
/// writer is disposed; finished files are the caller's to commit or delete.
/// </summary>
/// <param name="store">Takes the files.</param>
/// <param name="nextLocation">Gives the absolute location of the next Puffin file.</param>
/// <param name="fileBytesTarget">A file is closed after the vector with which it reaches so many bytes.</param>
internal sealed class DeletionVectorWriter(IObjectStore store, Func<string> nextLocation, long fileBytesTarget) : IAsyncDisposable
{
    // The spec's id of the position column; Java refuses vectors without it (spec/iceberg.md, "Puffin").
    private const int PositionColumnId = MetadataColumns.PositionId;

    private static readonly Dictionary<string, string> FileProperties = new() { [PuffinFooter.CreatedBy] = "Arctic for .NET" };

    private readonly List<DataFile> _finished = [];
    private readonly List<DataFile> _inFile = [];
    private PuffinWriter? _puffin;
    private string _location = "";

    /// <summary>The vectors of all files that are closed.</summary>
    public IReadOnlyList<DataFile> Finished => _finished;

    /// <summary>Writes the vector of a data file.</summary>
    /// <param name="dataFile">Whose rows are deleted; its path is recorded byte for byte.</param>
    /// <param name="positions">All deleted positions of the file, those of the vector that this one replaces included; not empty.</param>
    /// <param name="cancellationToken">Leaves the file under way unfinished.</param>
    public async ValueTask AddAsync(DataFile dataFile, PositionBitmap positions, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfZero(positions.Cardinality);
        if (_puffin is null)
        {
            _location = nextLocation();
            _puffin = await PuffinWriter.CreateAsync(store, _location, cancellationToken).ConfigureAwait(false);
        }

        var blob = await _puffin.AddAsync(BlobOf(dataFile, positions), cancellationToken).ConfigureAwait(false);
        _inFile.Add(new DataFile
        {
            Content = FileContent.PositionDeletes,
            FilePath = _location,
            Format = FileFormat.Puffin,
            SpecId = dataFile.SpecId,
            Partition = dataFile.Partition,
            RecordCount = positions.Cardinality,
            FileSizeBytes = 0,
            ReferencedDataFile = dataFile.FilePath,
            ContentOffset = blob.Offset,
            ContentSizeBytes = blob.Length,
        });
        if (_puffin.BytesWritten >= fileBytesTarget)
        {
            await CloseFileAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Finishes the last file.</summary>
    /// <returns>All vectors of this writer, as a manifest lists them.</returns>
    public async ValueTask<IReadOnlyList<DataFile>> CompleteAsync(CancellationToken cancellationToken)
    {
        await CloseFileAsync(cancellationToken).ConfigureAwait(false);
        return _finished;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_puffin is { } puffin)
        {
            _puffin = null;
            await puffin.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask CloseFileAsync(CancellationToken cancellationToken)
    {
        if (_puffin is not { } puffin)
        {
            return;
        }

        var (_, size) = await puffin.CompleteAsync(FileProperties, cancellationToken).ConfigureAwait(false);
        _finished.AddRange(_inFile.Select(v => v with { FileSizeBytes = size }));
        _inFile.Clear();
        await DisposeAsync().ConfigureAwait(false);
    }

    private static PuffinBlob BlobOf(DataFile dataFile, PositionBitmap positions) =>
        new(PuffinBlobMetadata.DeletionVectorType, [PositionColumnId], -1, -1, DeletionVectorBlob.Encode(positions))
        {
            Properties = new Dictionary<string, string>
            {
                ["referenced-data-file"] = dataFile.FilePath,
                ["cardinality"] = positions.Cardinality.ToString(CultureInfo.InvariantCulture),
            },
        };
}
