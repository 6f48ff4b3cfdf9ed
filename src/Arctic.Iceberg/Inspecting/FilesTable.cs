using System.Runtime.CompilerServices;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Manifests;

namespace Arctic.Iceberg.Inspecting;

/// <summary><c>files</c>, <c>data_files</c> and <c>delete_files</c> of a snapshot; with <c>all_</c> before the name the files of every snapshot, of which some may come twice.</summary>
internal sealed class FilesTable : MetadataTable
{
    private readonly InspectedManifests _manifests;
    private readonly ManifestContent? _content;
    private readonly FileRows _files;
    private readonly ReadableMetrics _metrics;

    private FilesTable(InspectedManifests manifests, ManifestContent? content, FileRows files, ReadableMetrics metrics)
        : base(new RowSchema(files.Fields.Append(metrics.Field))) =>
        (_manifests, _content, _files, _metrics) = (manifests, content, files, metrics);

    /// <summary>The files of these manifests.</summary>
    /// <param name="content">Null for data and deletes.</param>
    public static FilesTable Of(InspectedManifests manifests, ManifestContent? content) =>
        new(manifests, content, new FileRows(manifests.Table.Metadata), new ReadableMetrics(manifests.Table.Metadata.CurrentSchema));

    private protected override async IAsyncEnumerable<RowWritten> WriteAsync(MetadataRows rows, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var options = new ManifestReadOptions { LiveOnly = true };
        await foreach (var manifest in _manifests.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (!manifest.HasLiveFiles || (_content is { } content && manifest.Content != content))
            {
                continue;
            }

            await foreach (var entry in _manifests.Table.ReadEntriesAsync(manifest, options, cancellationToken).ConfigureAwait(false))
            {
                var cells = rows.Next();
                _files.Write(cells, entry.File);
                _metrics.Write(cells, entry.File);
                yield return rows.End();
            }
        }
    }
}
