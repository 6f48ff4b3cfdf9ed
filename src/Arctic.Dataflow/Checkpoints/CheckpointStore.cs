using System.Globalization;
using System.IO.Hashing;
using System.Text;
using Arctic.Columnar.Errors;
using Arctic.Dataflow.Connectors;
using Arctic.Dataflow.State;
using Arctic.Storage.ObjectStores;

namespace Arctic.Dataflow.Checkpoints;

/// <summary>What lies in a job's folder.</summary>
/// <param name="Claims">The runs, ascending.</param>
/// <param name="Checkpoints">The numbers taken, ascending.</param>
/// <param name="Finished">Checkpoints up to this one are over: their run has finished. Null when no run ever began here.</param>
internal sealed record JobListing(IReadOnlyList<Incarnation> Claims, IReadOnlyList<CheckpointId> Checkpoints, CheckpointId? Finished);

/// <summary>A checkpoint as it was found: whole, or damaged and why.</summary>
internal sealed record FoundCheckpoint(CheckpointId Id, CheckpointMetadata? Metadata, RestoredState? State, string? Damage);

/// <summary>The I/O of checkpoints; decides nothing. Every write may end with a lost answer, and then is looked at before it is tried again.</summary>
internal sealed class CheckpointStore(IObjectStore store, JobPaths paths)
{
    private const int WriteTriesMax = 4;

    /// <summary>The job's folder, for messages.</summary>
    public string Folder => paths.Folder;

    /// <summary>Lists claims and checkpoints, in ascending order.</summary>
    public async ValueTask<JobListing> ListAsync(CancellationToken cancellationToken)
    {
        var claims = new List<Incarnation>();
        var checkpoints = new List<CheckpointId>();
        CheckpointId? finished = null;
        await foreach (var entry in store.ListFolderAsync(paths.Folder, cancellationToken).ConfigureAwait(false))
        {
            if (JobPaths.ParseClaim(entry.Name) is { } claim)
            {
                claims.Add(claim);
            }
            else if (JobPaths.ParseCheckpoint(entry.Name) is { } checkpoint)
            {
                checkpoints.Add(checkpoint);
            }
            else if (JobPaths.ParseFinished(entry.Name) is { } over)
            {
                finished = finished is { } known && known.CompareTo(over) > 0 ? known : over;
            }
        }

        claims.Sort();
        checkpoints.Sort();
        return new JobListing(claims, checkpoints, finished);
    }

    /// <summary>Claims a run's number.</summary>
    /// <param name="incarnation">The number.</param>
    /// <param name="owner">Unlike any other run's: by it a lost answer is told from a lost race.</param>
    /// <returns>False when another run has it.</returns>
    public ValueTask<bool> TryClaimAsync(Incarnation incarnation, string owner, CancellationToken cancellationToken) =>
        TryCreateAsync(paths.Claim(incarnation), Encoding.UTF8.GetBytes(owner), cancellationToken);

    /// <summary>Removes the claims of older runs: the newest is enough to fence them.</summary>
    public async ValueTask RemoveClaimsAsync(IEnumerable<Incarnation> claims, CancellationToken cancellationToken)
    {
        foreach (var claim in claims)
        {
            await store.DeleteAsync(paths.Claim(claim), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Makes a state file durable.</summary>
    public async Task<StateFileEntry> SaveStateAsync(ReadOnlyMemory<byte> content, Incarnation incarnation, long tryNumber, int vertex, int subtask, CancellationToken cancellationToken)
    {
        var path = JobPaths.StatePath(incarnation, tryNumber, vertex, subtask);
        await store.PutAsync(paths.Below(path), content, cancellationToken).ConfigureAwait(false);
        return new StateFileEntry(vertex, subtask, path, content.Length, HashOf(content.Span));
    }

    /// <summary>Makes a checkpoint exist.</summary>
    /// <returns>False when there is another one of that number.</returns>
    public ValueTask<bool> TryCreateAsync(CheckpointMetadata metadata, CancellationToken cancellationToken) =>
        TryCreateAsync(paths.Checkpoint(new CheckpointId(metadata.Checkpoint)), metadata.ToBytes(), cancellationToken);

    /// <summary>Reads a checkpoint with all its state, and checks every byte of it.</summary>
    /// <returns>Null when it is gone: another run has taken newer ones and removed it.</returns>
    public async ValueTask<FoundCheckpoint?> FindAsync(CheckpointId checkpoint, CancellationToken cancellationToken)
    {
        var location = paths.Checkpoint(checkpoint);
        if (await store.FindAsync(location, cancellationToken).ConfigureAwait(false) is null)
        {
            return null;
        }

        try
        {
            var metadata = CheckpointMetadata.Parse(await ReadAllAsync(location, cancellationToken).ConfigureAwait(false), location);
            var state = new RestoredState();
            foreach (var file in metadata.StateFiles)
            {
                state.Add(file.Vertex, file.Subtask, await ReadStateAsync(file, cancellationToken).ConfigureAwait(false));
            }

            return new FoundCheckpoint(checkpoint, metadata, state, null);
        }
        catch (ArcticException error) when (IsDamage(error.Code))
        {
            return await store.FindAsync(location, cancellationToken).ConfigureAwait(false) is null ? null : new FoundCheckpoint(checkpoint, null, null, error.Message);
        }
    }

    /// <summary>Removes a checkpoint: its metadata first, so that what is there is whole.</summary>
    public async ValueTask RemoveAsync(CheckpointId checkpoint, CancellationToken cancellationToken)
    {
        var files = await FindStateFilesAsync(checkpoint, cancellationToken).ConfigureAwait(false);
        await store.DeleteAsync(paths.Checkpoint(checkpoint), cancellationToken).ConfigureAwait(false);
        foreach (var file in files)
        {
            await store.DeleteAsync(paths.Below(file.Path), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Removes the state files that no checkpoint names: what crashes and checkpoints that were given up have left.</summary>
    /// <param name="incarnation">The run; younger ones' files stay.</param>
    /// <param name="before">The first of its tries whose files stay.</param>
    /// <param name="named">The checkpoints whose files stay.</param>
    public async ValueTask RemoveOrphansAsync(Incarnation incarnation, long before, IEnumerable<CheckpointId> named, CancellationToken cancellationToken)
    {
        var kept = new HashSet<string>();
        foreach (var checkpoint in named)
        {
            kept.UnionWith((await FindStateFilesAsync(checkpoint, cancellationToken).ConfigureAwait(false)).Select(f => f.Path));
        }

        var folders = new List<string>();
        await foreach (var entry in store.ListFolderAsync(paths.Below("state"), cancellationToken).ConfigureAwait(false))
        {
            if (entry.IsFolder && JobPaths.ParseStateFolder(entry.Name) is { } folder && folder.CompareTo((incarnation.Value, before)) < 0)
            {
                folders.Add(entry.Name);
            }
        }

        foreach (var folder in folders)
        {
            var orphans = new List<string>();
            await foreach (var file in store.ListFolderAsync(paths.Below("state/" + folder), cancellationToken).ConfigureAwait(false))
            {
                if (!kept.Contains($"state/{folder}/{file.Name}"))
                {
                    orphans.Add($"state/{folder}/{file.Name}");
                }
            }

            foreach (var orphan in orphans)
            {
                await store.DeleteAsync(paths.Below(orphan), cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Records that checkpoints up to a number are over: what is found later must be newer, or has been lost.</summary>
    /// <param name="checkpoint">The number. A file of its own, so that a late writer of a smaller one changes nothing.</param>
    /// <param name="before">The record that it replaces; null when there is none.</param>
    public async ValueTask RecordFinishedAsync(CheckpointId checkpoint, CheckpointId? before, CancellationToken cancellationToken)
    {
        await TryCreateAsync(paths.Finished(checkpoint), default, cancellationToken).ConfigureAwait(false);
        if (before is { } old && old.CompareTo(checkpoint) < 0)
        {
            await store.DeleteAsync(paths.Finished(old), cancellationToken).ConfigureAwait(false);
        }
    }

    // None for a checkpoint that is damaged, of another release, or gone already: its files are found as orphans.
    private async ValueTask<IReadOnlyList<StateFileEntry>> FindStateFilesAsync(CheckpointId checkpoint, CancellationToken cancellationToken)
    {
        var location = paths.Checkpoint(checkpoint);
        try
        {
            return CheckpointMetadata.Parse(await ReadAllAsync(location, cancellationToken).ConfigureAwait(false), location).StateFiles;
        }
        catch (ArcticException error) when (IsDamage(error.Code) || error.Code == ErrorCodes.FormatUnsupported)
        {
            return [];
        }
    }

    private static bool IsDamage(ErrorCode code) => code == ErrorCodes.CheckpointDamaged || code == ErrorCodes.ObjectNotFound || code == ErrorCodes.TableCorrupt;

    private static string HashOf(ReadOnlySpan<byte> content) => XxHash3.HashToUInt64(content).ToString("x16", CultureInfo.InvariantCulture);

    // A failed answer may hide a success, and a store may have retried on its own: look at what is there. Two contents are never equal by chance, so equal means ours.
    private async ValueTask<bool> TryCreateAsync(string location, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await store.CreateIfAbsentAsync(location, content, cancellationToken).ConfigureAwait(false)
                    || await HoldsAsync(location, content, cancellationToken).ConfigureAwait(false);
            }
            catch (ArcticException error) when ((error.Code == ErrorCodes.StorageFailed || error.Code == ErrorCodes.TableCorrupt) && tries < WriteTriesMax)
            {
                // The next try answers false when this one took effect, and then the content tells; a look that came back short is taken again.
            }
        }
    }

    private async ValueTask<bool> HoldsAsync(string location, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        try
        {
            return (await ReadAllAsync(location, cancellationToken).ConfigureAwait(false)).AsSpan().SequenceEqual(content.Span);
        }
        catch (ArcticException error) when (error.Code == ErrorCodes.ObjectNotFound)
        {
            // Another run had it, and has removed it since.
            return false;
        }
    }

    private async ValueTask<List<StateEntry>> ReadStateAsync(StateFileEntry file, CancellationToken cancellationToken)
    {
        var location = paths.Below(file.Path);
        var content = await ReadAllAsync(location, cancellationToken).ConfigureAwait(false);
        if (content.Length != file.Size || HashOf(content) != file.Hash)
        {
            throw new ArcticException(ErrorCodes.CheckpointDamaged, $"State file '{location}' cannot be read: its size or checksum is not the one in the checkpoint.");
        }

        return StateFile.Read(content, location);
    }

    private async ValueTask<byte[]> ReadAllAsync(string location, CancellationToken cancellationToken)
    {
        var reader = await store.OpenReadAsync(location, cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            var content = new byte[reader.Size];
            await reader.ReadAsync(0, content, cancellationToken).ConfigureAwait(false);
            return content;
        }
    }
}
