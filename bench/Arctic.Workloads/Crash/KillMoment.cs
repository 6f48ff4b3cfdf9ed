namespace Arctic.Workloads.Crash;

/// <summary>
/// When a run is killed, counted from its claim of an incarnation: after a span, or as soon as it has made so many files or checkpoints, if that comes first. Files come at the instants that
/// matter, in the middle of a checkpoint, between it and its commit, in the middle of the commit, which spans alone would seldom hit.
/// </summary>
/// <param name="Span">The latest moment; infinite for checkpoints, which come however slow the machine is.</param>
/// <param name="Files">The number of files, temporary ones too.</param>
/// <param name="Checkpoints">The number of files of checkpoints.</param>
internal sealed record KillMoment(TimeSpan Span, int Files, int Checkpoints)
{
    /// <summary>A third of the moments are spans, a third files, a third checkpoints.</summary>
    public static KillMoment Next(Random random, TimeSpan spanMax)
    {
        var span = random.NextDouble() * spanMax;
        return random.Next(3) switch
        {
            0 => new KillMoment(span, int.MaxValue, int.MaxValue),
            1 => new KillMoment(spanMax, random.Next(1, 80), int.MaxValue),
            _ => new KillMoment(Timeout.InfiniteTimeSpan, int.MaxValue, random.Next(1, 3)),
        };
    }

    /// <summary>Starts a run and kills it at the moment.</summary>
    /// <returns>What the run wrote to stderr, and whether it was killed; a run that ended before was not.</returns>
    public async Task<(bool IsKilled, string Errors)> RunAsync(CrashSite site, CancellationToken cancellationToken)
    {
        var isClaimed = false;
        var (files, checkpoints) = (0, 0);
        ArcticProcess? started = null;
        using var watcher = new FileSystemWatcher(site.Warehouse) { IncludeSubdirectories = true, InternalBufferSize = 1 << 16 };
        watcher.Created += (_, created) =>
        {
            var isCheckpoint = Path.GetFileName(created.Name)?.StartsWith("checkpoint-", StringComparison.Ordinal) ?? false;
            if (Volatile.Read(ref isClaimed) && (++files == Files || (isCheckpoint && ++checkpoints == Checkpoints)))
            {
                Volatile.Read(ref started)?.Kill();
            }
        };
        watcher.EnableRaisingEvents = true;

        var before = site.Incarnation;
        await using var process = ArcticProcess.Start(site.Script);
        Volatile.Write(ref started, process);
        var ended = process.WaitAsync(cancellationToken);

        // Looked for, not watched for: a file in a folder that has just been made can escape the watcher.
        await process.WaitUntilAsync(() => site.Incarnation > before, cancellationToken);
        Volatile.Write(ref isClaimed, true);
        await Task.WhenAny(ended, Task.Delay(Span, cancellationToken));
        if (!process.HasExited)
        {
            process.Kill();
        }

        var code = await ended;
        return code switch
        {
            128 + 9 => (true, process.Errors),
            0 => (false, process.Errors),
            _ => throw new InvalidOperationException($"A run failed with status {code}:\n{process.Errors}"),
        };
    }
}
