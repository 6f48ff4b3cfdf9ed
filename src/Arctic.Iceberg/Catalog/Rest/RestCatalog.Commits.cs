using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Json;

namespace Arctic.Iceberg.Catalog.Rest;

public sealed partial class RestCatalog
{
    /// <inheritdoc/>
    public async ValueTask<IcebergTable> CommitAsync(TableCommit commit, CancellationToken cancellationToken)
    {
        var session = await OpenAsync(cancellationToken).ConfigureAwait(false);
        var based = await WithBaseAsync(commit, cancellationToken).ConfigureAwait(false);
        var known = _tables.Find(commit.Identifier);
        var request = new RestRequest(HttpMethod.Post, session.Routes.TableOf(commit.Identifier))
        {
            Purpose = $"commit to '{commit.Identifier}'",
            Effect = RestEffect.Commit,
            TableToken = known?.Token,
            BytesMax = TableMetadataReader.BytesMax,
            Body = JsonText.BytesOf(writer =>
            {
                writer.WriteStartObject();
                CommitJson.Write(writer, based);
                writer.WriteEndObject();
            }),
        };
        var answer = await session.Transport.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (!answer.IsSuccess)
        {
            throw answer.Status == 404
                ? commit.CreatesTable ? this.UnknownNamespace(commit.Identifier.Namespace) : await this.UnknownTableAsync(commit.Identifier, cancellationToken).ConfigureAwait(false)
                : session.Transport.ErrorOf(request, answer);
        }

        var loaded = RestJson.Read(request, answer, LoadedTable.Read);

        // The answer says nothing of access: what is known of it stays, and what is not known is asked for when a file is opened.
        var store = known?.Table.Store ?? Guarded(StoreOf(session, commit.Identifier, null), loaded);
        var table = new IcebergTable(commit.Identifier, loaded.Metadata, loaded.MetadataLocation, store, this);
        _tables.Put(new RestTableCache.Entry(commit.Identifier, answer.ETag, HandleOf(table), known?.Token));
        return table;
    }

    /// <inheritdoc/>
    public async ValueTask CommitAllAsync(IReadOnlyList<TableCommit> commits, CancellationToken cancellationToken)
    {
        var names = string.Join(", ", commits.Select(c => $"'{c.Identifier}'"));
        var session = await OpenAsync(cancellationToken).ConfigureAwait(false);
        session.Endpoints.Require(RestEndpoints.CommitAll, $"commit to {names} at once");
        var based = new List<TableCommit>(commits.Count);
        foreach (var commit in commits)
        {
            based.Add(await WithBaseAsync(commit, cancellationToken).ConfigureAwait(false));
        }

        var request = new RestRequest(HttpMethod.Post, session.Routes.CommitAll)
        {
            Purpose = $"commit to {names} at once",
            Effect = RestEffect.Commit,
            Body = JsonText.BytesOf(writer =>
            {
                writer.WriteStartObject();
                writer.WriteStartArray("table-changes");
                foreach (var commit in based)
                {
                    writer.WriteStartObject();
                    CommitJson.Write(writer, commit);
                    writer.WriteEndObject();
                }

                writer.WriteEndArray();
                writer.WriteEndObject();
            }),
        };
        await session.SendAsync(request, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Turns the base of a commit into requirements, as far as the protocol has them.</summary>
    private async ValueTask<TableCommit> WithBaseAsync(TableCommit commit, CancellationToken cancellationToken)
    {
        if (commit.BaseMetadataLocation is null || commit.CreatesTable)
        {
            return commit;
        }

        var metadata = commit.BaseMetadata;
        if (metadata is null)
        {
            var current = await this.LoadTableAsync(commit.Identifier, cancellationToken).ConfigureAwait(false);
            CommitRequirements.Check(commit with { Requirements = [] }, current.Metadata, current.MetadataLocation);
            metadata = current.Metadata;
        }

        return commit with { Requirements = commit.Requirements.Concat(RequirementsOf(metadata)).Distinct().ToEquatableList() };
    }

    private static IEnumerable<TableRequirement> RequirementsOf(TableMetadata metadata)
    {
        if (metadata.TableUuid is { } uuid)
        {
            yield return new TableRequirement.AssertTableUuid(uuid);
        }

        if (!metadata.Refs.ContainsKey(SnapshotRef.MainBranch))
        {
            yield return new TableRequirement.AssertRefSnapshotId(SnapshotRef.MainBranch, null);
        }

        // Snapshots come with branches: a new one on any of them changes the sequence number that ours was given.
        foreach (var (name, reference) in metadata.Refs.Where(r => r.Value.Type == SnapshotRefType.Branch))
        {
            yield return new TableRequirement.AssertRefSnapshotId(name, reference.SnapshotId);
        }

        yield return new TableRequirement.AssertCurrentSchemaId(metadata.CurrentSchemaId);
        yield return new TableRequirement.AssertLastAssignedFieldId(metadata.LastColumnId);
        yield return new TableRequirement.AssertDefaultSpecId(metadata.DefaultSpecId);
        yield return new TableRequirement.AssertLastAssignedPartitionId(metadata.LastPartitionId);
        yield return new TableRequirement.AssertDefaultSortOrderId(metadata.DefaultSortOrderId);
    }
}
