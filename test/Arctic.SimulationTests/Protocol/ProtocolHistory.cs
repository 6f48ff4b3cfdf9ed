using Arctic.Dataflow.Checkpoints.Protocol;
using Arctic.Dataflow.Connectors;

namespace Arctic.SimulationTests.Protocol;

/// <summary>One history out of a seed: several runs of one job, held up, crashed and started at any step, while answers get lost and files break; then calm, and a last run that must bring the job to its end.</summary>
internal sealed class ProtocolHistory
{
    private const int RunsAliveMax = 3;
    private const int CalmStepsMax = 2000;
    private readonly ProtocolWorld _world;
    private readonly List<ProtocolRun> _runs = [];
    private readonly Random _random;

    public ProtocolHistory(int seed, ProtocolRules rules, bool traced = false)
    {
        _random = new Random(seed);
        _world = new ProtocolWorld(_random, rules) { Trace = traced ? [] : null };
    }

    public IReadOnlyList<string> Trace => _world.Trace ?? [];

    /// <summary>Plays the history.</summary>
    /// <returns>What went wrong; null when nothing did.</returns>
    public string? Play()
    {
        RememberAnEarlierJob();
        for (var steps = _random.Next(20, 220); steps > 0 && _world.Violation is null; steps--)
        {
            Disturb();
            StepSomeRun();
        }

        CalmDown();
        return _world.Violation;
    }

    // A target may remember an earlier job of that name: one that finished in this folder, or one whose folder is elsewhere.
    private void RememberAnEarlierJob()
    {
        if (_random.Next(3) == 0)
        {
            var mark = new CommittedMark(new Incarnation(_random.Next(1, 4)), new CheckpointId(_random.Next(1, 6)));
            _world.Tables[_random.Next(2)].Property = mark;
            _world.Finished = _random.Next(2) == 0 ? mark.Checkpoint.Value : null;
        }
    }

    private void Disturb()
    {
        switch (_random.Next(100))
        {
            case 0:
                _world.Damage();
                break;
            case 1 when _runs.Count == 0 && _world.InFlight.Count == 0:
                // Only while nobody is under way: who empties the folder of a running job gets what he asked for.
                _world.LoseCheckpoints();
                break;
            case 2 or 3:
                _world.ExpireSnapshots();
                break;
            case < 12:
                if (_world.InFlight.Count > 0)
                {
                    var index = _random.Next(_world.InFlight.Count);
                    _world.Note("a late request arrives");
                    _world.InFlight[index]();
                    _world.InFlight.RemoveAt(index);
                }

                break;
        }
    }

    private void StepSomeRun()
    {
        _runs.RemoveAll(r => r.IsFinished || r.Stopped is not null);
        if (!_world.IsDone && (_runs.Count == 0 ? _random.Next(3) == 0 : _runs.Count < RunsAliveMax && _random.Next(30) == 0))
        {
            _runs.Add(new ProtocolRun(_world));
        }

        if (_runs.Count == 0)
        {
            return;
        }

        // The first runs of the list are favoured, so that others stand still for long and become zombies.
        var index = _random.Next(3) > 0 ? _runs.Count - 1 : _random.Next(_runs.Count);
        var run = _runs[index];
        if (_random.Next(40) == 0)
        {
            _world.Note("a run crashes");
            _runs.RemoveAt(index);
            return;
        }

        Step(run);
    }

    private void Step(ProtocolRun run)
    {
        if (_world.IsDone && !run.HasBegun)
        {
            // It would begin the job anew, which is another history.
            _runs.Remove(run);
            return;
        }

        run.Steps.MoveNext();
        if (run.CheckpointsWhenOlder > 1)
        {
            _world.Violation ??= "An older run goes on beside a newer one.";
        }

        CheckStop(run);
    }

    private void CheckStop(ProtocolRun run)
    {
        if (run.Stopped is RecoveryDecision.StopDamaged && !_world.IsHurt)
        {
            _world.Violation ??= $"A run stops for damage though nothing is damaged: {run.Stopped}.";
        }
    }

    private void CalmDown()
    {
        foreach (var late in _world.InFlight)
        {
            if (_random.Next(2) == 0)
            {
                late();
            }
        }

        _world.InFlight.Clear();
        _world.IsCalm = true;
        if (_world.Violation is not null)
        {
            return;
        }

        // Zombies that stood still when the job was done may still wake up.
        if (_world.IsDone)
        {
            foreach (var zombie in _runs.Where(r => r.HasBegun))
            {
                for (var steps = 0; steps < CalmStepsMax && zombie.Steps.MoveNext(); steps++)
                {
                }
            }
        }
        else
        {
            PlayLastRun();
        }

        if (_world.Violation is null && _world.IsDone)
        {
            CheckAllRowsAreThere();
        }
    }

    private void PlayLastRun()
    {
        var last = new ProtocolRun(_world);
        var steps = 0;
        while (_world.Violation is null && last.Stopped is null && !last.IsFinished && last.Steps.MoveNext())
        {
            if (++steps > CalmStepsMax)
            {
                _world.Violation = "The last run does not come to an end.";
            }
        }

        CheckStop(last);
        if (last.Stopped is RecoveryDecision.StopDamaged)
        {
            var newestWhole = _world.Checkpoints.Keys.Where(c => !_world.Damaged.Contains(c)).Append(0).Max();
            if (_world.Tables.Select(t => t.Property?.Checkpoint.Value ?? 0).All(mark => mark <= newestWhole && !_world.Damaged.Contains(mark)))
            {
                _world.Violation ??= "The last run stops for damage, though no sink holds a commit that cannot be read.";
            }
        }
        else if (!last.IsFinished)
        {
            _world.Violation ??= $"The last run does not finish: {last.Stopped}.";
        }
    }

    private void CheckAllRowsAreThere()
    {
        for (var row = 0; row <= ProtocolWorld.EndRow; row++)
        {
            if (!_world.Tables[ProtocolWorld.SinkOf(row)].Rows.Contains(row))
            {
                _world.Violation ??= $"The job finished, but row {row} is missing.";
            }
        }
    }
}
