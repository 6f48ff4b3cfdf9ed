using Arctic.Columnar.Errors;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Json;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg.Catalog;

/// <summary>Writes the next version of a table in a folder: the commit of <see cref="FileSystemCatalog"/>.</summary>
internal sealed class VersionCommitter(IObjectStore store)
{
    private const int LooksMax = 5;

    // Of old versions that nobody deleted so many go with one commit.
    private const int LeftoversMax = 100;

    /// <summary>Creates the version after <paramref name="current"/>.</summary>
    /// <exception cref="CommitConflictException">Another writer has made that version, was far ahead already, or has dropped the table.</exception>
    /// <exception cref="CommitOutcomeUnknownException">The store failed and does not let us look.</exception>
    public async ValueTask<MetadataFile> CommitAsync(string folder, MetadataFile current, TableMetadata next, string table, CancellationToken cancellationToken)
    {
        // Whoever starts from the same version must race for the same name: the codec is the one that the version before asks for.
        var codec = MetadataFileName.CodecOf(current.Metadata);
        var written = await CreateAsync(folder, current.Version + 1, codec, next, table, cancellationToken).ConfigureAwait(false)
            ?? throw new CommitConflictException($"Cannot commit to '{table}': another writer has committed version {current.Version + 1}.");
        await CheckBelongsAsync(folder, current, written, table).ConfigureAwait(false);
        await TableFolder.WriteHintAsync(store, folder, written.Version, CancellationToken.None).ConfigureAwait(false);
        await DeleteOldVersionsAsync(folder, current.Metadata, next).ConfigureAwait(false);
        return written;
    }

    /// <summary>Creates the first version of a table.</summary>
    /// <returns>Null when there is one already.</returns>
    public async ValueTask<MetadataFile?> TryCreateAsync(string folder, int version, TableMetadata metadata, string table, CancellationToken cancellationToken)
    {
        await TableFolder.ForgetHintAsync(store, folder, cancellationToken).ConfigureAwait(false);

        // The first version of all is not packed, for the same reason.
        var written = await CreateAsync(folder, version, MetadataCodec.None, metadata, table, cancellationToken).ConfigureAwait(false);
        if (written is not null)
        {
            await TableFolder.WriteHintAsync(store, folder, version, CancellationToken.None).ConfigureAwait(false);
        }

        return written;
    }

    private async ValueTask<MetadataFile?> CreateAsync(string folder, int version, MetadataCodec codec, TableMetadata metadata, string table, CancellationToken cancellationToken)
    {
        var location = ObjectLocation.Combine(TableFolder.MetadataFolderOf(folder), MetadataFileName.OfVersion(version, codec));
        var content = TableMetadataWriter.Write(metadata, codec);
        cancellationToken.ThrowIfCancellationRequested();

        // From here on nobody may turn back: a cancelled create would have an unknown outcome.
        Exception? failure = null;
        for (var look = 0; look < LooksMax; look++)
        {
            try
            {
                var created = await store.CreateIfAbsentAsync(location, content, CancellationToken.None).ConfigureAwait(false);

                // After a lost answer, "it exists" may mean our own object: its content tells.
                return created || (failure is not null && await IsOursAsync(location, content, table).ConfigureAwait(false)) ? new MetadataFile(metadata, location, version) : null;
            }
            catch (ArcticException e) when (e.Code.IsTransient)
            {
                failure = e;
            }
            catch (ArcticException e) when (failure is not null && e is not CommitOutcomeUnknownException)
            {
                // A refusal is said of this try: an earlier one may have been let through.
                throw Unknown($"Cannot tell whether the commit to '{table}' took place: creating '{location}' failed ({failure.Message}), and then looking at it ({e.Message}). Nothing was deleted.", e);
            }
        }

        throw Unknown(
            $"Cannot tell whether the commit to '{table}' took place: creating '{location}' failed {LooksMax} times ({failure!.Message}). Nothing was deleted; load the table and look.", failure);
    }

    private async ValueTask<bool> IsOursAsync(string location, ReadOnlyMemory<byte> content, string table)
    {
        try
        {
            var found = await store.ReadAllAsync(location, Math.Max(content.Length, TableMetadataReader.BytesMax), CancellationToken.None).ConfigureAwait(false);
            return found.Span.SequenceEqual(content.Span);
        }
        catch (ArcticException e) when (e.Code == ErrorCodes.ObjectNotFound)
        {
            throw Unknown($"Cannot tell whether the commit to '{table}' took place: '{location}' was created and has expired before its content could be compared.", e);
        }
    }

    /// <summary>
    /// A free name does not prove that the version belongs to the table that was loaded. Where old versions are deleted, a writer that slept through all versions kept, or that was led astray by an
    /// old hint, creates one where no reader looks: the greatest version of the folder tells, which is ours or must have ours in its history. And the table may have been dropped, and another created
    /// in its place: the version before tells.
    /// </summary>
    private async ValueTask CheckBelongsAsync(string folder, MetadataFile current, MetadataFile written, string table)
    {
        ArcticException? failure = null;
        for (var look = 0; look < LooksMax && failure?.Code.IsTransient != false; look++)
        {
            try
            {
                var before = await FindAsync(current).ConfigureAwait(false);
                if (before is not null && before.Metadata.TableUuid != current.Metadata.TableUuid)
                {
                    await WithdrawAsync(folder, written, table).ConfigureAwait(false);
                }

                if (before is null || DeletesOldVersions(current.Metadata) || DeletesOldVersions(written.Metadata))
                {
                    await CheckAgainstGreatestAsync(folder, current, written, before is null, table).ConfigureAwait(false);
                }

                return;
            }
            catch (ArcticException e) when (e is not (CommitConflictException or CommitOutcomeUnknownException))
            {
                // Also a refusal to be read, as of a token that has just expired: the version is there.
                failure = e;
            }
        }

        throw Unknown(
            $"Cannot tell whether the commit to '{table}' took place: '{written.Location}' was created, and the table could not be read after that ({failure!.Message}).", failure);
    }

    private async ValueTask<MetadataFile?> FindAsync(MetadataFile version)
    {
        try
        {
            return await TableFolder.ReadAsync(store, version.Location, version.Version, CancellationToken.None).ConfigureAwait(false);
        }
        catch (ArcticException e) when (e.Code == ErrorCodes.ObjectNotFound)
        {
            // A store that is refused says so, too: only a look that succeeds proves that it is gone.
            if (await store.FindAsync(version.Location, CancellationToken.None).ConfigureAwait(false) is null)
            {
                return null;
            }

            throw;
        }
    }

    /// <summary>Takes a version out of the folder of another table, unless that one has gone on from it.</summary>
    private async ValueTask WithdrawAsync(string folder, MetadataFile written, string table)
    {
        if ((await FindNotOlderAsync(folder, written).ConfigureAwait(false))?.Version != written.Version)
        {
            throw Unknown($"Cannot tell what the commit to '{table}' did: the table was dropped and created anew meanwhile, and others have committed after '{written.Location}'.");
        }

        await TryDeleteAsync(written.Location).ConfigureAwait(false);
        throw new CommitConflictException($"Cannot commit to '{table}': the table was dropped and created anew meanwhile.");
    }

    private async ValueTask CheckAgainstGreatestAsync(string folder, MetadataFile current, MetadataFile written, bool isBaseGone, string table)
    {
        var newest = await FindNotOlderAsync(folder, written).ConfigureAwait(false);
        switch (newest is null ? Verdict.Unknown : isBaseGone && newest.Version == written.Version ? await WithoutBaseAsync(current, written).ConfigureAwait(false) : HistoryOf(newest, current, written))
        {
            case Verdict.Absent:
                // Nobody may take the ghost for the table: not a reader with an old hint, nor the next commit of this writer.
                await TryDeleteAsync(written.Location).ConfigureAwait(false);
                await TableFolder.WriteHintAsync(store, folder, newest!.Version, CancellationToken.None).ConfigureAwait(false);
                throw new CommitConflictException(
                    $"Cannot commit to '{table}': version {written.Version} was committed and expired while this writer was away; the table is at version {newest.Version}.");
            case Verdict.Dropped:
                await TryDeleteAsync(written.Location).ConfigureAwait(false);
                throw new CommitConflictException($"Cannot commit to '{table}': the table was dropped meanwhile.");
            case Verdict.Unknown:
                throw Unknown($"Cannot tell whether the commit to '{table}' took place: version {written.Version} has expired already, or the table was dropped meanwhile.");
        }
    }

    /// <summary>Ours is the newest version, and the one before it is gone: the table was dropped when the files of its rows are gone, too.</summary>
    private async ValueTask<Verdict> WithoutBaseAsync(MetadataFile current, MetadataFile written)
    {
        if (current.Metadata.CurrentSnapshot is not { ManifestList: { } list } || DeletesOldVersions(current.Metadata) || DeletesOldVersions(written.Metadata))
        {
            return Verdict.Unknown;
        }

        return await store.FindAsync(list, CancellationToken.None).ConfigureAwait(false) is null ? Verdict.Dropped : Verdict.Present;
    }

    /// <summary>The greatest version of the folder, which is ours or a later one. A listing that was overtaken by commits and deletions may show less: it proves nothing.</summary>
    private async ValueTask<MetadataFile?> FindNotOlderAsync(string folder, MetadataFile written)
    {
        for (var look = 0; look < LooksMax; look++)
        {
            var greatest = await TableFolder.FindGreatestAsync(store, folder, MetadataFileName.VersionPrefix, CancellationToken.None).ConfigureAwait(false);
            if (greatest?.Version == written.Version)
            {
                return written;
            }

            try
            {
                if (greatest is { } later && later.Version > written.Version)
                {
                    return await TableFolder.ReadAsync(store, later.Location, later.Version, CancellationToken.None).ConfigureAwait(false);
                }
            }
            catch (ArcticException e) when (e.Code == ErrorCodes.ObjectNotFound)
            {
                // Expired under our hands: a later one exists.
            }
        }

        return null;
    }

    private static Verdict HistoryOf(MetadataFile newest, MetadataFile current, MetadataFile written)
    {
        // A version is deleted only after it fell off the log: a name in the log is the first file of that name.
        if (newest.Version == written.Version || newest.Metadata.MetadataLog.Any(e => NameOf(e.MetadataFile) == NameOf(written.Location)))
        {
            return Verdict.Present;
        }

        var added = written.Metadata.Snapshots.Where(s => current.Metadata.FindSnapshot(s.SnapshotId) is null).ToList();
        if (added.Count == 0)
        {
            return Verdict.Unknown;
        }

        if (added.TrueForAll(s => newest.Metadata.FindSnapshot(s.SnapshotId) is not null))
        {
            return Verdict.Present;
        }

        // A history has each sequence number once: another snapshot at ours, or none so high, proves that ours is not part of it.
        var ours = added[^1];
        return ours.SequenceNumber > newest.Metadata.LastSequenceNumber || newest.Metadata.Snapshots.Any(s => ours.SequenceNumber > 0 && s.SequenceNumber == ours.SequenceNumber)
            ? Verdict.Absent
            : Verdict.Unknown;
    }

    private static bool DeletesOldVersions(TableMetadata metadata) => TableProperties.ReadCommitFlag(metadata.Properties, TableProperties.DeleteAfterCommit, false);

    // Where it stays it lies below all versions of the table, and the next deletion of old versions finds it.
    private ValueTask TryDeleteAsync(string location) => store.DeleteLeftoversAsync([location]);

    /// <summary>
    /// Deletes the versions that fell off the log, strictly oldest first: a version goes only when none before it is left. Whoever starts from any version that is
    /// there then finds all after it, and whoever creates one that was deleted finds its base gone.
    /// </summary>
    private async ValueTask DeleteOldVersionsAsync(string folder, TableMetadata before, TableMetadata after)
    {
        if (!DeletesOldVersions(after))
        {
            return;
        }

        // By name in this folder: the log of a copied table names the files of the table that it was copied from.
        var kept = after.MetadataLog.Select(e => NameOf(e.MetadataFile)).ToHashSet();
        var dropped = before.MetadataLog.Select(e => NameOf(e.MetadataFile))
            .Where(n => !kept.Contains(n) && MetadataFileName.FindVersion(n) is not null)
            .OrderBy(n => MetadataFileName.FindVersion(n))
            .ToList();
        if (dropped.Count == 0)
        {
            return;
        }

        try
        {
            if (await DeleteLeftoversAsync(folder, MetadataFileName.FindVersion(dropped[0])!.Value).ConfigureAwait(false))
            {
                await DeleteAsync(folder, dropped).ConfigureAwait(false);
            }
        }
        catch (ArcticException)
        {
            // The commit stands, and the order too: the next commit goes on where this one stopped.
        }
    }

    /// <summary>Deletes what failed or crashed commits left of older versions.</summary>
    /// <returns>Whether none is left.</returns>
    private async ValueTask<bool> DeleteLeftoversAsync(string folder, int version)
    {
        if (await TableFolder.FindVersionAsync(store, folder, version - 1, CancellationToken.None).ConfigureAwait(false) is null)
        {
            return true;
        }

        var names = new List<string>();
        await foreach (var entry in store.ListFolderAsync(TableFolder.MetadataFolderOf(folder), MetadataFileName.VersionPrefix, CancellationToken.None).ConfigureAwait(false))
        {
            if (!entry.IsFolder && MetadataFileName.FindVersion(entry.Name) is { } found && found < version)
            {
                names.Add(entry.Name);
            }
        }

        await DeleteAsync(folder, names.OrderBy(n => MetadataFileName.FindVersion(n)).Take(LeftoversMax)).ConfigureAwait(false);
        return names.Count <= LeftoversMax;
    }

    private async ValueTask DeleteAsync(string folder, IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            await store.DeleteAsync(ObjectLocation.Combine(TableFolder.MetadataFolderOf(folder), name), CancellationToken.None).ConfigureAwait(false);
        }
    }

    // Looking by the hint would not tell a version from a ghost of it.
    private static CommitOutcomeUnknownException Unknown(string message, Exception? cause = null) => new(message, cause) { WasLookedInto = true };

    private static string NameOf(string location) => location[(location.LastIndexOf('/') + 1)..];

    private enum Verdict
    {
        Present,
        Absent,
        Dropped,
        Unknown,
    }
}
