using Arctic.Columnar.Errors;
using Arctic.Dataflow.Jobs;

namespace Arctic.Jobs;

/// <summary>The jobs that a session has started and that have not ended. Thread-safe.</summary>
internal sealed class SessionJobs : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly List<IJob> _jobs = [];

    /// <summary>The jobs that are still known, in the order of their start.</summary>
    public IReadOnlyList<IJob> All
    {
        get
        {
            lock (_gate)
            {
                return [.. _jobs];
            }
        }
    }

    /// <summary>Takes a job over; those that have ended well are forgotten, so that the list does not grow for the life of a host.</summary>
    public void Add(IJob job)
    {
        lock (_gate)
        {
            _jobs.RemoveAll(j => j.Completion.IsCompletedSuccessfully);
            _jobs.Add(job);
        }
    }

    /// <summary>Forgets a job, which the caller disposes.</summary>
    public void Remove(IJob job)
    {
        lock (_gate)
        {
            _jobs.Remove(job);
        }
    }

    /// <summary>Waits until all jobs have ended; the first failure among them is thrown as soon as it is there.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        var waiting = All.Select(j => j.Completion).ToList();
        while (waiting.Count > 0)
        {
            var ended = await Task.WhenAny(waiting).WaitAsync(cancellationToken).ConfigureAwait(false);
            waiting.Remove(ended);
            await ended.ConfigureAwait(false);
        }
    }

    /// <summary>Stops all jobs with a final checkpoint, and forgets them. A job that had failed throws its error after the others were stopped.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        var jobs = Take();
        await Task.WhenAll(jobs.Select(j => j.StopWithCheckpointAsync(cancellationToken))).ConfigureAwait(false);
        foreach (var job in jobs)
        {
            await job.DisposeAsync().ConfigureAwait(false);
        }

        var failed = jobs.Select(j => j.Completion).FirstOrDefault(c => c.IsFaulted);
        if (failed?.Exception?.InnerException is ArcticException error)
        {
            throw error;
        }
    }

    /// <summary>The job of that name.</summary>
    public IJob? Find(string name) => All.FirstOrDefault(j => j.Name == name);

    public async ValueTask DisposeAsync()
    {
        foreach (var job in Take())
        {
            await job.DisposeAsync().ConfigureAwait(false);
        }
    }

    private List<IJob> Take()
    {
        lock (_gate)
        {
            List<IJob> jobs = [.. _jobs];
            _jobs.Clear();
            return jobs;
        }
    }
}
